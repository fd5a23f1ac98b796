{-# LANGUAGE OverloadedStrings #-}

-- |
-- A program in a process of its own, as the lab and a person start it. In most tests it
-- is the server program.
module ServerProcess
  ( ServerProcess (..)
  , withServerProcess
  , withPoorServerProcess
  , withProgram
  , ended
  , signalled
  , withFolder
  , fetch
  , withConnectionTo
  , refuses
  , text
  , reading
  ) where

import Control.Exception (bracket, try)
import Data.ByteString (ByteString)
import qualified Data.ByteString.Char8 as Bytes
import qualified Data.ByteString.Lazy as Lazy
import Foreign.C.Error (Errno (..), eCONNREFUSED)
import GHC.IO.Exception (ioe_errno)
import Network.Socket
import qualified Network.Socket.ByteString.Lazy as Socket
import System.Directory (getTemporaryDirectory, removeDirectoryRecursive)
import System.Exit (ExitCode)
import System.FilePath ((</>))
import System.IO (Handle, hClose)
import System.Posix.Signals (Signal, signalProcess)
import System.Posix.Temp (mkdtemp)
import System.Process

import Poetry.Address (Address (..))
import Poetry.Client.Connection (withConnection)

-- | The process of the server program, or of another program.
data ServerProcess = ServerProcess
  { input :: Handle
  , output :: Handle
  , errors :: Handle
  , process :: ProcessHandle
  }

-- | Run the server program during a test; it is ended with the test at the latest.
withServerProcess :: [String] -> (ServerProcess -> IO a) -> IO a
withServerProcess = withProgram "slow-poetry-server"

-- | The same, with a limit of so many open files and sockets.
withPoorServerProcess :: Int -> [String] -> (ServerProcess -> IO a) -> IO a
withPoorServerProcess files arguments = withProgram "sh" (["-c", limited, "sh"] ++ arguments)
 where
  limited = "ulimit -n " ++ show files ++ " && exec slow-poetry-server \"$@\""

-- | A program on the PATH: the build puts those of this package there.
withProgram :: FilePath -> [String] -> (ServerProcess -> IO a) -> IO a
withProgram program arguments test =
  withCreateProcess (proc program arguments) {std_in = CreatePipe, std_out = CreatePipe, std_err = CreatePipe} $
    \input_ output_ errors_ process_ -> case (input_, output_, errors_) of
      (Just toIt, Just fromIt, Just complaints) -> test (ServerProcess toIt fromIt complaints process_)
      _ -> fail "no pipes"

-- | Close its standard input and wait until it ends. Returns its exit status and the
-- rest of its output.
ended :: ServerProcess -> IO (ExitCode, ByteString, ByteString)
ended server_ = do
  hClose (input server_)
  said <- Bytes.hGetContents (output server_)
  complaints <- Bytes.hGetContents (errors server_)
  status <- waitForProcess (process server_)
  pure (status, said, complaints)

-- | Send it a signal and wait until it ends.
signalled :: Signal -> ServerProcess -> IO (ExitCode, ByteString, ByteString)
signalled signal server = do
  getPid (process server) >>= mapM_ (signalProcess signal)
  ended server

-- | A new folder, with a space in its name.
withFolder :: (FilePath -> IO a) -> IO a
withFolder = bracket (getTemporaryDirectory >>= \there -> mkdtemp (there </> "slow poetry ")) removeDirectoryRecursive

withConnectionTo :: PortNumber -> (Socket -> IO a) -> IO a
withConnectionTo = withConnection Nothing . Address "127.0.0.1"

fetch :: PortNumber -> IO ByteString
fetch port_ = withConnectionTo port_ $ \client -> do
  poem <- Socket.getContents client
  pure $! Lazy.toStrict poem

refuses :: PortNumber -> IO Bool
refuses port_ =
  either ((== Just eCONNREFUSED) . fmap Errno . ioe_errno) (const False) <$> try (withConnectionTo port_ pure)

-- | The text of a value in a line of the log.
text :: ByteString -> ByteString -> ByteString
text key = value . Bytes.drop (Bytes.length mark) . snd . Bytes.breakSubstring mark
 where
  value = Bytes.takeWhile (`notElem` (",}\"" :: String)) . Bytes.dropWhile (== '"')
  mark = "\"" <> key <> "\":"

reading :: ByteString -> ByteString -> Double
reading key = read . Bytes.unpack . text key
