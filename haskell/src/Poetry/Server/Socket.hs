{-# LANGUAGE OverloadedStrings #-}

-- |
-- What a slow server asks of the operating system and the network package does
-- not offer as such: ports with reasons where they cannot be had, a send that
-- takes no for an answer, a reset.
module Poetry.Server.Socket
  ( listenOn
  , hold
  , trySend
  , waitForRoom
  , reset
  ) where

import Control.Concurrent (threadWaitWrite)
import Control.Exception (bracketOnError)
import Data.ByteString (ByteString)
import qualified Data.ByteString.Char8 as Bytes
import Data.ByteString.Unsafe (unsafeUseAsCStringLen)
import Foreign.C.Error (eAGAIN, eINTR, getErrno, throwErrno)
import Foreign.C.Types (CChar, CInt (..), CSize (..))
import Foreign.Ptr (Ptr)
import Network.Socket
import System.Posix.Types (CSsize (..))

import Poetry.Words (orTrouble)

-- | A socket that listens on an IPv4 address and port (0: any); throws
-- 'Trouble' where it cannot be had.
listenOn :: HostName -> PortNumber -> IO Socket
listenOn iface wanted = bound iface wanted $ \listener address -> do
  setSocketOption listener ReuseAddr 1
  -- Connections inherit it: a chunk is a segment of its own, and does not wait for the answer to the last.
  setSocketOption listener NoDelay 1
  bind listener address
  listen listener 4096 -- a crowd of clients must not find the queue full

-- | Hold a port that nobody listens on: the kernel refuses connections, and no
-- one else can take it. Throws 'Trouble' where it cannot be had.
hold :: HostName -> PortNumber -> IO Socket
hold iface wanted = bound iface wanted bind

bound :: HostName -> PortNumber -> (Socket -> SockAddr -> IO ()) -> IO Socket
bound iface wanted prepare = orTrouble ("cannot listen on " <> place) $ do
  found <- getAddrInfo (Just hints) (Just iface) (Just (show wanted))
  case found of
    [] -> ioError (userError "no IPv4 address")
    info : _ -> bracketOnError (openSocket info) close $ \fresh ->
      fresh <$ prepare fresh (addrAddress info)
 where
  hints = defaultHints {addrFamily = AF_INET, addrSocketType = Stream}
  place = Bytes.pack (iface <> ":" <> show wanted)

-- | Offer bytes to the kernel and return at once with how many it took, 0
-- where it is full; throws an 'IOException' where the connection is broken.
trySend :: Socket -> ByteString -> IO Int
trySend connection bytes = withFdSocket connection $ \fd ->
  unsafeUseAsCStringLen bytes $ \(start, size) -> attempt fd start (fromIntegral size)
 where
  attempt fd start size = do
    taken <- c_send fd start size 0
    problem <- getErrno
    case taken of
      -1
        | problem == eINTR -> attempt fd start size
        | problem == eAGAIN -> pure 0
        | otherwise -> throwErrno "send"
      _ -> pure (fromIntegral taken)

-- Unsafe is quick, and right for a call that never waits: the network package
-- makes every socket non-blocking.
foreign import ccall unsafe "send"
  c_send :: CInt -> Ptr CChar -> CSize -> CInt -> IO CSsize

-- | Park this thread until the kernel has room again, or the connection is broken.
waitForRoom :: Socket -> IO ()
waitForRoom connection = withFdSocket connection (threadWaitWrite . fromIntegral)

-- | Break a connection off: its client meets a reset, not an end.
reset :: Socket -> IO ()
reset connection = do
  setSockOpt connection Linger (StructLinger 1 0)
  close connection
