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
import Control.Exception (evaluate, finally, mask, onException, try)
import Control.Monad (join, when)
import qualified Data.ByteString.Lazy as Lazy
import Network.Socket (Socket, close)

import Poetry.Address (Address)
import Poetry.Client (Output (..), giveUp)
import Poetry.Client.Connection (Limit, connectTo, readPoem)

-- | Connect to all addresses at once, then print each poem in its turn; tells
-- whether all came whole. A failed connect is reported when it fails, a reset
-- when the reading comes to it. Silence, too, counts from then: a poem that
-- waits for its turn is not late.
getPoetry :: Output -> Limit -> [Address] -> IO Bool
getPoetry output limit addresses =
  withAsyncs (zipWith (getPoem output limit) [1 ..] addresses) $ \poems ->
    and <$> traverse (join . wait) poems

-- | Connect for the poem of task N. The action returned prints the poem and
-- tells whether it came whole; until it is run, nothing is read.
getPoem :: Output -> Limit -> Int -> Address -> IO (IO Bool)
getPoem output limit task address = try (connectTo limit address) >>= either (fmap pure . failed) connected
 where
  failed = giveUp output task address

  connected :: Socket -> IO (IO Bool)
  connected socket = pure $ mask $ \restore -> do
    poem <- readPoem limit socket
    printed (restore . evaluate) False (Lazy.toChunks poem) `finally` close socket

  -- Only the reading is tried: trouble with the output is not the poem's. Only
  -- the reading can be cancelled: what was begun ends with its newline.
  printed awaiting begun pieces = do
    let endPart = when begun (recite output "\n")
    outcome <- try (awaiting pieces) `onException` endPart
    case outcome of
      Right (piece : rest) -> recite output piece >> printed awaiting True rest
      Right [] -> True <$ recite output "\n"
      Left problem -> endPart >> failed problem

withAsyncs :: [IO a] -> ([Async a] -> IO b) -> IO b
withAsyncs [] body = body []
withAsyncs (action : others) body =
  withAsync action $ \this -> withAsyncs others (body . (this :))
