{-# LANGUAGE OverloadedStrings #-}

-- |
-- Laziness does the waiting (seed part 21, second client): all connections are
-- opened at once, then the poems are printed in the order of the arguments, and
-- it is the printing that reads them. The first streams as it comes; the others
-- gather meanwhile in the operating system's buffers, and no further.
module Poetry.Client.Lazy
  ( getPoetry
  ) where

import Control.Concurrent.Async (Async, wait, withAsync)
import Control.Exception (evaluate, finally, try)
import Control.Monad (join, when)
import qualified Data.ByteString.Lazy as Lazy
import Network.Socket (Socket, close)
import qualified Network.Socket.ByteString.Lazy as Socket

import Poetry.Address (Address)
import Poetry.Client (Output (..), connectTo, giveUp)

-- | Connect to all addresses at once, then print each poem in its turn; tells
-- whether all came whole. A failed connect is reported when it fails, a reset
-- when the reading comes to it.
getPoetry :: Output -> [Address] -> IO Bool
getPoetry output addresses =
  withAsyncs (zipWith (getPoem output) [1 ..] addresses) $ \poems ->
    and <$> traverse (join . wait) poems

-- | Connect for the poem of task N. The action returned prints the poem and
-- tells whether it came whole; until it is run, nothing is read.
getPoem :: Output -> Int -> Address -> IO (IO Bool)
getPoem output task address = try (connectTo address) >>= either (fmap pure . failed) connected
 where
  failed = giveUp output task address

  connected :: Socket -> IO (IO Bool)
  connected socket = pure $ do
    poem <- Socket.getContents socket
    printed False (Lazy.toChunks poem) `finally` close socket

  -- Only the reading is tried: trouble with the output is not the poem's.
  printed begun pieces = do
    outcome <- try (evaluate pieces)
    case outcome of
      Right (piece : rest) -> recite output piece >> printed True rest
      Right [] -> True <$ recite output "\n"
      Left problem -> when begun (recite output "\n") >> failed problem

withAsyncs :: [IO a] -> ([Async a] -> IO b) -> IO b
withAsyncs [] body = body []
withAsyncs (action : others) body =
  withAsync action $ \this -> withAsyncs others (body . (this :))
