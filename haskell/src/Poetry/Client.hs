{-# LANGUAGE OverloadedStrings #-}

-- |
-- What every client does alike: read the command line, put its words and its
-- poems somewhere, and leave with the exit status of the client contract (0 all
-- whole, 1 something failed, 2 usage, 130 or 143 stopped by Ctrl-C or SIGTERM).
--
-- How poems are waited for is left to "Poetry.Client.Announcing" and
-- "Poetry.Client.Lazy".
module Poetry.Client
  ( Output (..)
  , run
  , giveUp
  ) where

import Control.Concurrent (runInUnboundThread)
import Control.Concurrent.Async (race)
import Control.Concurrent.MVar (newEmptyMVar, readMVar, tryPutMVar)
import Control.Exception (IOException, bracket, catch)
import Control.Monad (unless, void)
import Data.ByteString (ByteString)
import qualified Data.ByteString.Char8 as Bytes
import Foreign.C.Error (ePIPE)
import GHC.IO.Encoding (setFileSystemEncoding, setForeignEncoding)
import System.Environment (getArgs, getProgName)
import System.Exit (ExitCode (..), exitWith)
import System.IO (char8, hFlush, stderr, stdout)
import System.Posix.Signals (Handler (..), Signal, installHandler, sigINT, sigTERM)

import Poetry.Address (Address)
import Poetry.Client.Connection (Limit, errno, plainWords)
import Poetry.Client.Options (Options (..))
import qualified Poetry.Client.Options as Options
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
-- whether all of them came whole; a signal cancels it. Ends by throwing its 'ExitCode'.
run :: (Output -> Limit -> [Address] -> IO Bool) -> IO ()
-- The main thread is bound to one of the system's, and slow to wake from a wait.
run getPoetry = runInUnboundThread $ do
  -- Bytes are bytes: arguments, host names and the system's messages too.
  setFileSystemEncoding char8
  setForeignEncoding char8
  arguments <- getArgs
  case Options.parse arguments of
    Left problem -> do
      program <- Bytes.pack <$> getProgName
      say console (program <> ": " <> problem)
      say console ("usage: " <> program <> " " <> Options.usage)
      exitWith (ExitFailure 2)
    Right options -> do
      outcome <- untilSignal (getPoetry console (limit options) (addresses options) `catch` outputLost)
      exitWith $ case outcome of
        Left signal -> ExitFailure (128 + fromIntegral signal)
        Right whole -> if whole then ExitSuccess else ExitFailure 1

-- | Run an action to its end, or cancel it when Ctrl-C or SIGTERM comes. The
-- same signal again ends the program as it is: for output that nobody reads.
untilSignal :: IO a -> IO (Either Signal a)
untilSignal action = do
  arrived <- newEmptyMVar
  let minding signal = bracket (install signal (CatchOnce (void (tryPutMVar arrived signal)))) (install signal) . const
  minding sigINT (minding sigTERM (race (readMVar arrived) action))
 where
  install signal handler = installHandler signal handler Nothing

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

-- | Report that task N's poem will not come whole; gives 'False', as what became of it.
giveUp :: Output -> Int -> Address -> IOException -> IO Bool
giveUp output task address problem =
  False <$ say output (Progress.failed task (plainWords problem) address)
