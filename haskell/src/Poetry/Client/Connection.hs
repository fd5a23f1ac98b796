{-# LANGUAGE OverloadedStrings #-}

-- |
-- A client's connection: connecting, lazy reading, the timeout, and failures in plain
-- words.
module Poetry.Client.Connection
  ( Limit
  , connectTo
  , firstOf
  , withConnection
  , readPoem
  , plainWords
  , errno
  ) where

import Control.Concurrent.Async (async, wait)
import Control.Exception (bracket, bracketOnError, catch)
import Data.ByteString (ByteString)
import qualified Data.ByteString.Char8 as Bytes
import qualified Data.ByteString.Lazy as Lazy
import Data.Char (toLower)
import Data.Maybe (isNothing)
import Foreign.C.Error (Errno (..), eCONNREFUSED, eCONNRESET, eTIMEDOUT)
import GHC.IO.Exception (IOErrorType (TimeExpired), IOException (IOError), ioe_description, ioe_errno)
import Network.Socket
import Network.Socket.ByteString (recv)
import System.IO.Error (isDoesNotExistError)
import System.IO.Unsafe (unsafeInterleaveIO)
import System.Timeout (timeout)

import Poetry.Address (Address (..))
import Poetry.Words (Nanoseconds)

-- | How long a client waits for an address; 'Nothing': without end.
type Limit = Maybe Nanoseconds

-- | A socket connected to the first of the host's addresses that accepts a connection.
-- They are tried in the resolver's order, one after another. If none accepts, throws the
-- 'IOException' of the last one. The limit is for all of them together; after that throws
-- an 'IOException' that says "timed out".
connectTo :: Limit -> Address -> IO Socket
connectTo limit address = within limit (resolve address >>= firstOf)

-- | A socket connected to the first of these addresses that accepts a connection.
firstOf :: [AddrInfo] -> IO Socket
firstOf [] = ioError (userError "the name has no address")
firstOf [only] = open only
firstOf (next : others) = open next `catch` orElse
 where
  orElse :: IOException -> IO Socket
  orElse _ = firstOf others

open :: AddrInfo -> IO Socket
open info = bracketOnError (openSocket info) close $ \target ->
  target <$ connect target (addrAddress info)

-- The resolver is foreign code, which an exception cannot interrupt. So it runs in a
-- thread of its own, and the thread that waits for it can be cancelled.
resolve :: Address -> IO [AddrInfo]
resolve (Address name number) =
  async (getAddrInfo (Just hints) (Just (Bytes.unpack name)) (Just (show number))) >>= wait
 where
  hints = defaultHints {addrSocketType = Stream}

-- | Run an action with a connection, which is closed afterwards in any case.
withConnection :: Limit -> Address -> (Socket -> IO a) -> IO a
withConnection limit address = bracket (connectTo limit address) close

-- | All bytes of a connection, read lazily. Evaluating the string throws an
-- 'IOException' if the connection is broken, or if no byte comes within the limit.
readPoem :: Limit -> Socket -> IO Lazy.ByteString
readPoem limit connection = Lazy.fromChunks <$> pieces
 where
  pieces = unsafeInterleaveIO $ do
    piece <- within limit (recv connection pieceSize)
    if Bytes.null piece then pure [] else (piece :) <$> pieces

-- A 'recv' that waits holds a buffer of this size, and ten thousand may wait at once.
pieceSize :: Int
pieceSize = 4096

-- Run an action; throw an 'IOException' if it takes longer than the limit.
within :: Limit -> IO a -> IO a
within Nothing action = action
within (Just most) action = timeout microseconds action >>= maybe (ioError timedOut) pure
 where
  microseconds = (most + 999) `div` 1000
  timedOut = IOError Nothing TimeExpired "" "timed out" Nothing Nothing

-- | What went wrong with a connection, in the words of the client contract.
plainWords :: IOException -> ByteString
plainWords problem
  | is eCONNREFUSED = "connection refused"
  | is eCONNRESET = "connection reset"
  | is eTIMEDOUT = "timed out"
  | isDoesNotExistError problem && isNothing (errno problem) = "unknown host"
  | otherwise = Bytes.pack (map toLower (ioe_description problem))
 where
  is code = errno problem == Just code

-- | The operating system's error number. It is needed because the runtime has the same
-- error type for a refused connection and for an unknown host.
errno :: IOException -> Maybe Errno
errno = fmap Errno . ioe_errno
