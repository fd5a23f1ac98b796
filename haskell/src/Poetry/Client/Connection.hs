{-# LANGUAGE OverloadedStrings #-}

-- |
-- A client's connection: made, read as its bytes are asked for, given up when
-- its address is silent for too long; and what went wrong with it, in plain words.
module Poetry.Client.Connection
  ( Limit
  , connectTo
  , withConnection
  , readPoem
  , plainWords
  , errno
  ) where

import Control.Concurrent.Async (async, wait)
import Control.Exception (bracket, bracketOnError, handle)
import Data.ByteString (ByteString)
import qualified Data.ByteString.Char8 as Bytes
import qualified Data.ByteString.Lazy as Lazy
import Data.Char (toLower)
import Foreign.C.Error (Errno (..), eCONNREFUSED, eCONNRESET, eTIMEDOUT)
import GHC.IO.Exception (IOErrorType (TimeExpired), IOException (IOError), ioe_description, ioe_errno)
import Network.Socket
import Network.Socket.ByteString (recv)
import System.IO.Error (isDoesNotExistError)
import System.IO.Unsafe (unsafeInterleaveIO)
import System.Timeout (timeout)

import Poetry.Address (Address (..))
import Poetry.Words (Nanoseconds)

-- | How long an address may be silent; 'Nothing': for ever.
type Limit = Maybe Nanoseconds

-- | A socket connected to the first of a host's IPv4 addresses that answers;
-- throws the 'IOException' of the last one when none does, or one that says
-- that the time for all of them is up.
connectTo :: Limit -> Address -> IO Socket
connectTo limit address = within limit (resolve address >>= firstOf)
 where
  firstOf [] = ioError (userError "no IPv4 address")
  firstOf [only] = open only
  firstOf (next : others) = handle (\problem -> const (firstOf others) (problem :: IOException)) (open next)
  open info = bracketOnError (openSocket info) close $ \target ->
    target <$ connect target (addrAddress info)

-- The resolver is foreign code, which no exception reaches before it returns: it
-- has a thread of its own, so that who waits for it can leave.
resolve :: Address -> IO [AddrInfo]
resolve (Address name number) =
  async (getAddrInfo (Just hints) (Just (Bytes.unpack name)) (Just (show number))) >>= wait
 where
  hints = defaultHints {addrFamily = AF_INET, addrSocketType = Stream}

-- | Run an action with a connection that is closed afterwards, whatever happens.
withConnection :: Limit -> Address -> (Socket -> IO a) -> IO a
withConnection limit address = bracket (connectTo limit address) close

-- | All that a connection gives, read piece by piece as it is asked for; asking
-- throws the 'IOException' of a connection that is broken, or silent for too long.
readPoem :: Limit -> Socket -> IO Lazy.ByteString
readPoem limit connection = Lazy.fromChunks <$> pieces
 where
  pieces = unsafeInterleaveIO $ do
    piece <- within limit (recv connection 32768)
    if Bytes.null piece then pure [] else (piece :) <$> pieces

-- Run an action for no longer than that.
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
  | isDoesNotExistError problem && errno problem == Nothing = "unknown host"
  | otherwise = Bytes.pack (map toLower (ioe_description problem))
 where
  is = (errno problem ==) . Just

-- | The operating system's number for a problem. The runtime files a refused
-- connection and an unknown host under the same type of error; only this tells
-- them apart.
errno :: IOException -> Maybe Errno
errno = fmap Errno . ioe_errno
