{-# LANGUAGE OverloadedStrings #-}

-- | The server program: @slow-poetry-server [OPTION ...] POEM@ serves one poem,
-- @slow-poetry-server --control@ plays the servers of the lab's scenarios. Exit
-- status 0: stopped by a signal or by the end of standard input; 1: the poem cannot
-- be read, the port cannot be opened or output cannot be written; 2: bad arguments.
module SlowPoetryServer (main) where

import Control.Concurrent (runInUnboundThread, threadDelay)
import Control.Concurrent.Async (race_)
import Control.Concurrent.MVar (newEmptyMVar, readMVar, tryPutMVar)
import Control.Exception (handle)
import Control.Monad (forever, void)
import Data.ByteString (ByteString)
import qualified Data.ByteString.Char8 as Bytes
import Data.Foldable (for_)
import GHC.IO.Encoding (setFileSystemEncoding, setForeignEncoding)
import Network.Socket (getSocketName)
import System.Environment (getArgs)
import System.Exit (ExitCode (..), exitWith)
import System.IO (char8, hFlush, stderr, stdout)
import System.Posix.Signals (Handler (..), installHandler, sigINT, sigTERM)

import Poetry.Server.Clock (Clock (..), monotonic)
import Poetry.Server.Connection (SlowPoem (..))
import Poetry.Server.Control (runCommands)
import qualified Poetry.Server.Listener as Listener
import Poetry.Server.Options (Command (..), Format (..), Settings (..))
import qualified Poetry.Server.Options as Options
import qualified Poetry.Server.Schedule as Schedule
import qualified Poetry.Server.SendLog as SendLog
import Poetry.Server.Socket (listenOn)
import Poetry.Server.Stage (readPoem)
import Poetry.Words (Trouble (..), orTrouble)

main :: IO ()
-- The main thread is bound to a thread of the operating system, which makes it slow
-- to wake up.
main = runInUnboundThread $ handle failed $ do
  -- Paths and the system's messages are bytes in any locale.
  setFileSystemEncoding char8
  setForeignEncoding char8
  arguments <- getArgs
  case Options.parse arguments of
    Left problem -> do
      complain (Options.usage <> "\nslow-poetry-server: error: " <> problem)
      exitWith (ExitFailure 2)
    Right Help -> Bytes.putStr Options.help
    Right Control -> untilStopped (runCommands monotonic)
    Right (Serve path settings) -> untilStopped (serve path settings)
 where
  failed (Trouble why) = complain why >> exitWith (ExitFailure 1)
  complain = Bytes.hPutStr stderr . (<> "\n")

-- | Run an action until it ends, or until SIGINT (Ctrl-C) or SIGTERM comes. A
-- signal is not a failure.
untilStopped :: IO () -> IO ()
untilStopped action = do
  stopped <- newEmptyMVar
  for_ [sigINT, sigTERM] $ \signal ->
    installHandler signal (Catch (void (tryPutMVar stopped ()))) Nothing
  race_ (readMVar stopped) action

-- | Serve one poem until a signal comes, with the send log on standard output.
serve :: FilePath -> Settings -> IO ()
serve path settings = do
  poem_ <- readPoem path
  began <- now monotonic
  sendLog <- SendLog.through say (case format settings of Plain -> SendLog.plain began; Ndjson -> SendLog.ndjson)
  listener <- listenOn (iface settings) (port settings)
  place <- getSocketName listener
  orTrouble "cannot write to standard output" $
    say ("Serving " <> Bytes.pack path <> " on " <> Bytes.pack (show place) <> ".\n")
  let schedule_ = Schedule.even (numBytes settings) (delay settings) (Bytes.length poem_)
  _ <- Listener.start monotonic sendLog 1 (SlowPoem poem_ schedule_) listener
  forever (threadDelay 1000000000)
 where
  say :: ByteString -> IO ()
  say line = Bytes.putStr line >> hFlush stdout
