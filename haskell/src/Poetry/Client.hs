{-# LANGUAGE OverloadedStrings #-}

-- |
-- What every client does alike: read the command line, connect, put its words
-- and its poems somewhere, and leave with the exit status of the client
-- contract (0 all whole, 1 something failed, 2 usage).
--
-- How poems are waited for is left to "Poetry.Client.Announcing" and
-- "Poetry.Client.Lazy".
module Poetry.Client
  ( Output (..)
  , run
  , connectTo
  , withConnection
  , giveUp
  , plainWords
  ) where

import Control.Concurrent (runInUnboundThread)
import Control.Exception (IOException, bracket, bracketOnError, catch, handle)
import Control.Monad (unless)
import Data.ByteString (ByteString)
import qualified Data.ByteString.Char8 as Bytes
import Data.Char (toLower)
import Foreign.C.Error (Errno (..), eCONNREFUSED, eCONNRESET, ePIPE, eTIMEDOUT)
import GHC.IO.Encoding (setFileSystemEncoding, setForeignEncoding)
import GHC.IO.Exception (ioe_description, ioe_errno)
import Network.Socket
import System.Environment (getArgs, getProgName)
import System.Exit (ExitCode (..), exitWith)
import System.IO (char8, hFlush, stderr, stdout)
import System.IO.Error (isDoesNotExistError)

import Poetry.Address (Address (..))
import qualified Poetry.Address as Address
import qualified Poetry.Progress as Progress

-- | Where a client's output goes. Each call is written whole and at once, never
-- mixed with another's, from whatever thread it is made.
data Output = Output
  { say :: ByteString -> IO ()
  -- ^ One message, without its newline.
  , recite :: ByteString -> IO ()
  -- ^ Bytes of a poem, just as they are.
  }

-- | A client's whole @main@, given the action that gets the poems and tells
-- whether all of them came whole. Ends by throwing its 'ExitCode'.
run :: (Output -> [Address] -> IO Bool) -> IO ()
-- The main thread is bound to one of the system's, and slow to wake from a wait.
run getPoetry = runInUnboundThread $ do
  -- Bytes are bytes: arguments, host names and the system's messages too.
  setFileSystemEncoding char8
  setForeignEncoding char8
  arguments <- map Bytes.pack <$> getArgs
  case Address.parseAll arguments of
    Left problem -> do
      program <- Bytes.pack <$> getProgName
      say console (program <> ": " <> problem)
      say console ("usage: " <> program <> " [host:]port ...")
      exitWith (ExitFailure 2)
    Right addresses -> do
      whole <- getPoetry console addresses `catch` outputLost
      exitWith (if whole then ExitSuccess else ExitFailure 1)

-- Whole and at once, because hPut keeps the handle's lock from first byte to last.
console :: Output
console = Output {say = write stderr . (<> "\n"), recite = write stdout}
 where
  write to bytes = Bytes.hPut to bytes >> hFlush to

-- A reader that has left early (as in @| head -1@) has had what it wanted;
-- whatever else happens to the output (a full disk) needs saying.
outputLost :: IOException -> IO Bool
outputLost problem = do
  unless (errno problem == Just ePIPE) $
    say console ("cannot write: " <> plainWords problem)
  pure False

-- | A socket connected to the first of a host's IPv4 addresses that answers;
-- throws the 'IOException' of the last one when none does.
connectTo :: Address -> IO Socket
connectTo (Address name number) =
  getAddrInfo (Just hints) (Just (Bytes.unpack name)) (Just (show number)) >>= firstOf
 where
  hints = defaultHints {addrFamily = AF_INET, addrSocketType = Stream}
  firstOf [] = ioError (userError "no IPv4 address")
  firstOf [only] = open only
  firstOf (next : others) = handle (\problem -> const (firstOf others) (problem :: IOException)) (open next)
  open info = bracketOnError (openSocket info) close $ \target ->
    target <$ connect target (addrAddress info)

-- | Run an action with a connection that is closed afterwards, whatever happens.
withConnection :: Address -> (Socket -> IO a) -> IO a
withConnection address = bracket (connectTo address) close

-- | Report that task N's poem will not come whole; gives 'False', as what became of it.
giveUp :: Output -> Int -> Address -> IOException -> IO Bool
giveUp output task address problem =
  False <$ say output (Progress.failed task (plainWords problem) address)

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

-- The runtime files a refused connection and an unknown host under the same
-- type of error; only the operating system's number tells them apart.
errno :: IOException -> Maybe Errno
errno = fmap Errno . ioe_errno
