-- |
-- Poetry servers for the tests: real TCP on a free port of 127.0.0.1. What a
-- server does with a connection is a script, an ordinary action; where it has
-- to wait for the test it takes an MVar, so that time does not matter.
module ScriptedServer
  ( Script
  , poem
  , slowPoem
  , reset
  , untilGone
  , allTogether
  , withServer
  , withRefusing
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

-- | What to do with one connection; it is closed afterwards.
type Script = Socket -> IO ()

-- | Send these pieces, one write each.
poem :: [ByteString] -> Script
poem pieces connection = mapM_ (sendAll connection) pieces

-- | Send so many pieces @"slow "@, each after 0.8 seconds: for time limits, which
-- go by the system's clock.
slowPoem :: Int -> Script
slowPoem count connection = replicateM_ count (threadDelay 800000 >> sendAll connection (Bytes.pack "slow "))

-- | Break the connection off, so that the client meets a reset.
reset :: Script
reset connection = do
  setSockOpt connection Linger (StructLinger 1 0)
  close connection

-- | What the client says before it has gone, which is nothing. On a busy machine
-- it may go before it has read all, which is a reset.
untilGone :: Socket -> IO ByteString
untilGone connection = handle broken (recv connection 10)
 where
  broken :: IOException -> IO ByteString
  broken _ = pure Bytes.empty

-- | A script that starts for all of so many connections once the last has come.
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
withServer script action = withPort $ \listener address -> do
  listen listener 1024
  withAsync (forever (accept listener >>= serve . fst)) (const (action address))
 where
  serve connection = forkFinally (script connection) (const (close connection))

-- | An address that refuses connections: its port is taken, but nobody listens.
withRefusing :: (Address -> IO a) -> IO a
withRefusing action = withPort (const action)

-- | An address where a connection is neither made nor refused: its queue is full.
withSilent :: (Address -> IO a) -> IO a
withSilent action = withPort $ \listener address -> do
  listen listener 0
  bracket (socket AF_INET Stream defaultProtocol) close $ \filler -> do
    getSocketName listener >>= connect filler
    action address

withPort :: (Socket -> Address -> IO a) -> IO a
withPort action = bracket (socket AF_INET Stream defaultProtocol) close $ \bound -> do
  bind bound (SockAddrInet 0 (tupleToHostAddress (127, 0, 0, 1)))
  free <- socketPort bound
  action bound (Address (Bytes.pack "127.0.0.1") free)
