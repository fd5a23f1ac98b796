{-# LANGUAGE OverloadedStrings #-}

-- |
-- What a slow server needs and the network package does not offer directly: ports with
-- plain error messages, a send that does not wait, and a reset.
module Poetry.Server.Socket
  ( listenOn
  , reserve
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

import Poetry.Address (Address (..), format, isIPv6)
import Poetry.Words (orTrouble)

-- | A socket that listens on an address (IPv4, IPv6, or the IPv4 address of a name) and
-- port (0: any free port). Throws 'Trouble' if it cannot.
listenOn :: HostName -> PortNumber -> IO Socket
listenOn iface wanted = bound iface wanted $ \listener address -> do
  setSocketOption listener ReuseAddr 1
  -- Accepted connections inherit it: each chunk is sent at once, in a segment of its own.
  setSocketOption listener NoDelay 1
  bind listener address
  listen listener 4096 -- many clients at once must not find the accept queue full

-- | Reserve a port without listening on it: the kernel refuses connections, and no other
-- program can take the port. Throws 'Trouble' if it cannot.
reserve :: HostName -> PortNumber -> IO Socket
reserve iface wanted = bound iface wanted bind

bound :: HostName -> PortNumber -> (Socket -> SockAddr -> IO ()) -> IO Socket
bound iface wanted prepare = orTrouble ("cannot listen on " <> place) $ do
  found <- getAddrInfo (Just hints) (Just iface) (Just (show wanted))
  case found of
    [] -> ioError (userError "the name has no address")
    info : _ -> bracketOnError (openSocket info) close $ \fresh ->
      fresh <$ prepare fresh (addrAddress info)
 where
  hints = defaultHints {addrFamily = if isIPv6 host_ then AF_INET6 else AF_INET, addrSocketType = Stream}
  host_ = Bytes.pack iface
  place = format (Address host_ wanted)

-- | Offer bytes to the kernel. Returns at once with how many it took, 0 if its buffer
-- is full. Throws an 'IOException' if the connection is broken.
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

-- An unsafe call is fast, and allowed because this one never waits: the network package
-- makes every socket non-blocking.
foreign import ccall unsafe "send"
  c_send :: CInt -> Ptr CChar -> CSize -> CInt -> IO CSsize

-- | Let this thread sleep until the kernel has room again, or the connection is broken.
waitForRoom :: Socket -> IO ()
waitForRoom connection = withFdSocket connection (threadWaitWrite . fromIntegral)

-- | Close a connection so that the client gets a reset instead of an orderly end.
reset :: Socket -> IO ()
reset connection = do
  setSockOpt connection Linger (StructLinger 1 0)
  close connection
