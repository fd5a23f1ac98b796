-- |
-- Poetry servers for the tests: real TCP on a free port of 127.0.0.1. A script, which is
-- an ordinary action, says what a server does with a connection. To wait for the test it
-- takes an MVar, so that the test does not depend on timing.
module ScriptedServer
  ( Script
  , poem
  , slowPoem
  , reset
  , untilGone
  , allTogether
  , withServer
  , withServerOn
  , loopback6
  , withRefusing
  , withRefusingOn
  , withSilent
  ) where

import Control.Concurrent (forkFinally, threadDelay)
import Control.Concurrent.Async (withAsync)
import Control.Concurrent.MVar (modifyMVar, newEmptyMVar, newMVar, putMVar, readMVar)
import Control.Exception (IOException, bracket, handle)
import Control.Monad (forever, replicateM_, when)
import Data.ByteString (ByteString)
import qualified Data.ByteString.Char8 as Bytes
import Network.Socket
import Network.Socket.ByteString (recv, sendAll)

import Poetry.Address (Address (..))

-- | What to do with one connection, which is closed afterwards.
type Script = Socket -> IO ()

-- | Send these pieces, each with one write.
poem :: [ByteString] -> Script
poem pieces connection = mapM_ (sendAll connection) pieces

-- | Send so many pieces @"slow "@, each after 0.8 seconds. It is for tests of time
-- limits, which use the system's clock.
slowPoem :: Int -> Script
slowPoem count connection = replicateM_ count (threadDelay 800000 >> sendAll connection (Bytes.pack "slow "))

-- | Reset the connection.
reset :: Script
reset connection = do
  setSockOpt connection Linger (StructLinger 1 0)
  close connection

-- | Wait until the client has hung up, and return what it sent: nothing. On a busy
-- machine it may close before it has read everything, which is a reset.
untilGone :: Socket -> IO ByteString
untilGone connection = handle broken (recv connection 10)
 where
  broken :: IOException -> IO ByteString
  broken _ = pure Bytes.empty

-- | A script that starts for all connections when so many are connected.
allTogether :: Int -> Script -> IO Script
allTogether number script = do
  arrived <- newMVar (0 :: Int)
  complete <- newEmptyMVar
  pure $ \connection -> do
    count <- modifyMVar arrived (\before -> pure (before + 1, before + 1))
    when (count == number) (putMVar complete ())
    readMVar complete
    script connection

-- | Serve the script to every connection while the action runs.
withServer :: Script -> (Address -> IO a) -> IO a
withServer = withServerOn loopback

-- | The same on another address.
withServerOn :: (SockAddr, String) -> Script -> (Address -> IO a) -> IO a
withServerOn place script action = withPortOf place $ \listener address -> do
  listen listener 1024
  withAsync (forever (accept listener >>= serve . fst)) (const (action address))
 where
  serve connection = forkFinally (script connection) (const (close connection))

-- | An address that refuses connections: its port is reserved, but nobody listens.
withRefusing :: (Address -> IO a) -> IO a
withRefusing = withRefusingOn loopback

-- | The same on another address.
withRefusingOn :: (SockAddr, String) -> (Address -> IO a) -> IO a
withRefusingOn place action = withPortOf place (const action)

-- | An address that does not answer connection attempts, because its accept queue is
-- full.
withSilent :: (Address -> IO a) -> IO a
withSilent action = withPort $ \listener address -> do
  listen listener 0
  bracket (socket AF_INET Stream defaultProtocol) close $ \filler -> do
    getSocketName listener >>= connect filler
    action address

-- | 127.0.0.1 and ::1, with any free port, for the system and for people.
loopback, loopback6 :: (SockAddr, String)
loopback = (SockAddrInet 0 (tupleToHostAddress (127, 0, 0, 1)), "127.0.0.1")
loopback6 = (SockAddrInet6 0 0 (tupleToHostAddress6 (0, 0, 0, 0, 0, 0, 0, 1)) 0, "::1")

withPort :: (Socket -> Address -> IO a) -> IO a
withPort = withPortOf loopback

withPortOf :: (SockAddr, String) -> (Socket -> Address -> IO a) -> IO a
withPortOf (place, name) action = bracket (socket family Stream defaultProtocol) close $ \bound -> do
  bind bound place
  free <- socketPort bound
  action bound (Address (Bytes.pack name) free)
 where
  family = case place of
    SockAddrInet6 {} -> AF_INET6
    _ -> AF_INET
