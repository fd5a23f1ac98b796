-- |
-- A slow server on its port: a green thread accepts connections, and starts threads for
-- each of them.
module Poetry.Server.Listener
  ( start
  ) where

import Control.Concurrent (threadDelay, yield)
import Control.Concurrent.Async (Async, async, asyncWithUnmask, cancel)
import Control.Concurrent.MVar (MVar, modifyMVar_, newMVar, readMVar)
import Control.Exception (IOException, finally, mask_, try, uninterruptibleMask_)
import qualified Data.ByteString.Char8 as Bytes
import Data.IntMap.Strict (IntMap)
import qualified Data.IntMap.Strict as IntMap
import Network.Socket

import Poetry.Server.Clock (Clock (..))
import Poetry.Server.Connection (SlowPoem, serve)
import Poetry.Server.SendLog (Event (..), Entry (Entry), SendLog)

-- | Serve a poem on a listening socket, as the server with this number. The returned
-- action closes the socket and resets the open connections; when it returns, all of that
-- is in the log.
start :: Clock -> SendLog -> Int -> SlowPoem -> Socket -> IO (IO ())
start clock sendLog number slow listener = do
  open <- newMVar IntMap.empty
  -- Masked, so that no connection is lost between its accept and the start of its
  -- thread, and each has its end in the log.
  accepting <- mask_ (async (acceptAll open 1))
  pure $ do
    cancel accepting
    close listener
    readMVar open >>= mapM_ cancel
 where
  acceptAll open count = do
    outcome <- try (accept listener)
    case outcome of
      Left problem -> outOfSockets problem >> acceptAll open count
      Right (connection, peer) -> do
        accepted <- now clock
        uninterruptibleMask_ $ do
          report count accepted (Accepted (Bytes.pack (show peer)))
          track open count $ \unmask -> serve unmask clock (report count) slow accepted connection
        yield -- the first chunk may be due
        acceptAll open (count + 1)

  report count time = sendLog . Entry time number count

  -- The limit of open files is reached. Meanwhile the client waits in the accept queue.
  outOfSockets :: IOException -> IO ()
  outOfSockets _ = threadDelay 10000

-- | Start a thread and keep it in the map until it has ended.
track :: MVar (IntMap (Async ())) -> Int -> ((IO a -> IO a) -> IO ()) -> IO ()
track open key action = modifyMVar_ open $ \others -> do
  thread <- asyncWithUnmask $ \unmask -> action unmask `finally` modifyMVar_ open (pure . IntMap.delete key)
  pure (IntMap.insert key thread others)
