-- |
-- A slow server on its port: a green thread accepts, and starts others for
-- each connection.
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
import Poetry.Server.SendLog (Deed (..), Entry (Entry), SendLog)

-- | Serve a poem, as the server of this number, to all who connect to a
-- listening socket. The action returned closes the socket, breaks off what is
-- open, and returns when all of it stands in the log.
start :: Clock -> SendLog -> Int -> SlowPoem -> Socket -> IO (IO ())
start clock sendLog number slow listener = do
  open <- newMVar IntMap.empty
  -- Masked, so that no connection is lost between its accept and its thread, and none ends untold.
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
          tell count accepted (Accepted (Bytes.pack (show peer)))
          track open count $ \unmask -> serve unmask clock (tell count) slow accepted connection
        yield -- its first chunk may be due
        acceptAll open (count + 1)

  tell count time = sendLog . Entry time number count

  -- The client waits in the queue meanwhile.
  outOfSockets :: IOException -> IO ()
  outOfSockets _ = threadDelay 10000

-- | Start a thread that is found in the map until it has ended.
track :: MVar (IntMap (Async ())) -> Int -> ((IO a -> IO a) -> IO ()) -> IO ()
track open key action = modifyMVar_ open $ \others -> do
  thread <- asyncWithUnmask $ \unmask -> action unmask `finally` modifyMVar_ open (pure . IntMap.delete key)
  pure (IntMap.insert key thread others)
