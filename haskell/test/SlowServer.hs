{-# LANGUAGE OverloadedStrings #-}

-- |
-- One slow server on real TCP, with a clock that the test turns and its send log in
-- memory, and clients for it.
module SlowServer
  ( SlowServer (..)
  , withSlowServer
  , events
  , withClient
  , withPoorClient
  , connectTo
  , readAll
  , readSome
  , meetsReset
  , refuses
  , withSockets
  ) where

import Control.Concurrent.MVar (modifyMVar, newMVar)
import Control.Concurrent.STM
import Control.Exception (bracket, bracketOnError, finally, try)
import Control.Monad (join, when)
import Data.ByteString (ByteString)
import qualified Data.ByteString as Bytes
import Foreign.C.Error (Errno (..), eCONNREFUSED, eCONNRESET)
import GHC.IO.Exception (ioe_errno)
import Network.Socket
import Network.Socket.ByteString (recv)
import System.Posix.Resource

import Poetry.Server.Connection (SlowPoem (..))
import qualified Poetry.Server.Listener as Listener
import Poetry.Server.Schedule (Act)
import Poetry.Server.SendLog (Event, Entry (..))
import Poetry.Server.Socket (listenOn)
import TurnedClock

data SlowServer = SlowServer
  { place :: SockAddr
  , turn :: Int -> IO ()
  -- ^ Turn the clock forward by so many nanoseconds.
  , logWhen :: ([Entry] -> Bool) -> IO [Entry]
  -- ^ Wait until the send log has this property, and return the whole log.
  , logOf :: Int -> IO [Entry]
  -- ^ Wait until the send log has so many entries, and return it.
  , stop :: IO ()
  }

-- | Server number 3 serves the poem by these acts while the test runs. The first argument
-- is the size of its connections' send buffers, if the system's default is not used.
withSlowServer :: Maybe Int -> ByteString -> [Act] -> (SlowServer -> IO a) -> IO a
withSlowServer buffer poem_ acts test = withClock $ \turned -> do
  entries <- newTVarIO []
  let sendLog entry = atomically (modifyTVar' entries (entry :))
      awaiting ready = atomically $ do
        known <- reverse <$> readTVar entries
        known <$ check (ready known)
  listener <- listenOn "127.0.0.1" 0
  mapM_ (setSocketOption listener SendBuffer) buffer -- connections inherit it
  place_ <- getSocketName listener
  stopOnce <- Listener.start (clock turned) sendLog 3 (SlowPoem poem_ acts) listener >>= once
  let server_ =
        SlowServer
          { place = place_
          , turn = advance turned
          , logWhen = awaiting
          , logOf = \count -> awaiting ((>= count) . length)
          , stop = stopOnce
          }
  test server_ `finally` stopOnce

once :: IO () -> IO (IO ())
once action = do
  left <- newMVar action
  pure (join (modifyMVar left (\first -> pure (pure (), first))))

-- | The events of a log.
events :: [Entry] -> [Event]
events = map event

withClient :: SlowServer -> (Socket -> IO a) -> IO a
withClient server_ = bracket (connectTo server_) close

-- | A client with a small receive buffer.
withPoorClient :: SlowServer -> (Socket -> IO a) -> IO a
withPoorClient server_ = bracket (connected (\client -> setSocketOption client RecvBuffer 4096) server_) close

connectTo :: SlowServer -> IO Socket
connectTo = connected (const (pure ()))

connected :: (Socket -> IO ()) -> SlowServer -> IO Socket
connected prepare server_ = bracketOnError (socket AF_INET Stream defaultProtocol) close $ \client -> do
  prepare client
  client <$ connect client (place server_)

readAll :: Socket -> IO ByteString
readAll client = Bytes.concat <$> pieces
 where
  pieces = recv client 65536 >>= \piece -> if Bytes.null piece then pure [] else (piece :) <$> pieces

-- | Read exactly so many bytes.
readSome :: Socket -> Int -> IO ()
readSome client count = when (count > 0) $ do
  piece <- recv client (min count 65536)
  readSome client (if Bytes.null piece then error "the poem ended" else count - Bytes.length piece)

-- | Whether the next read fails because the connection was reset.
meetsReset :: Socket -> IO Bool
meetsReset client = failsWith eCONNRESET (recv client 999)

-- | Whether the server's port refuses a connection.
refuses :: SlowServer -> IO Bool
refuses server_ = failsWith eCONNREFUSED (withClient server_ pure)

failsWith :: Errno -> IO a -> IO Bool
failsWith expected action = either ((== Just expected) . fmap Errno . ioe_errno) (const False) <$> try action

-- | Run an action with a limit of so many open files.
withSockets :: Integer -> IO a -> IO a
withSockets most action =
  bracket (getResourceLimit ResourceOpenFiles) (setResourceLimit ResourceOpenFiles) $ \limits -> do
    setResourceLimit ResourceOpenFiles limits {softLimit = ResourceLimit most}
    action
