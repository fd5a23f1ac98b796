{-# LANGUAGE OverloadedStrings #-}

-- |
-- Lazy reading (seed part 21, second client): all connections are made at once. Then
-- the poems are printed in the order of the arguments, and each is read while it is
-- printed. The first poem streams; meanwhile the others wait in the operating system's
-- buffers, which hold only a part of a long poem.
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

-- | Connect to all addresses at once, then print the poems one after another. Returns
-- whether all came whole. A failed connect is reported at once, but a reset only when
-- its poem is read. The time limit, too, counts from when the poem is read: a poem that
-- waits for its turn does not time out.
getPoetry :: Output -> Limit -> [Address] -> IO Bool
getPoetry output limit addresses =
  withAsyncs (zipWith (getPoem output limit) [1 ..] addresses) $ \poems ->
    and <$> traverse (join . wait) poems

-- | Connect for task N. The returned action reads and prints the poem, and returns
-- whether it came whole.
getPoem :: Output -> Limit -> Int -> Address -> IO (IO Bool)
getPoem output limit task address = try (connectTo limit address) >>= either (fmap pure . failed) connected
 where
  failed = giveUp output task address

  connected :: Socket -> IO (IO Bool)
  connected socket = pure $ mask $ \restore -> do
    poem <- readPoem limit socket
    printed (restore . evaluate) False (Lazy.toChunks poem) `finally` close socket

  -- 'try' is around reading only: an output that fails is not a failure of the task.
  -- Only reading can be cancelled, so that a poem that was begun ends with its newline.
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
