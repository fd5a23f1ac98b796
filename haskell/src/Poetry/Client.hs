{-# LANGUAGE OverloadedStrings #-}

-- |
-- What all clients share: the command line, the output, and the exit status of the
-- client contract (0: all poems whole, 1: at least one failed, 2: bad arguments,
-- 130 or 143: stopped by SIGINT or SIGTERM).
--
-- "Poetry.Client.Announcing" and "Poetry.Client.Lazy" differ in how they wait for
-- the poems.
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

-- | Where a client's output goes. Each call writes its bytes at once and in one
-- piece, even if several threads write at the same time.
data Output = Output
  { say :: ByteString -> IO ()
  -- ^ Write one message; it is given without its newline.
  , recite :: ByteString -> IO ()
  -- ^ Write bytes of a poem, unchanged.
  }

-- | The whole @main@ of a client. Its argument is the action that gets the poems and
-- returns whether all of them came whole; a signal cancels this action. Ends by
-- throwing an 'ExitCode'.
run :: (Output -> Limit -> [Address] -> IO Bool) -> IO ()
-- The main thread is bound to a thread of the operating system, which makes it slow
-- to wake up.
run getPoetry = runInUnboundThread $ do
  -- Arguments, host names and the system's messages are bytes in any locale.
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

-- | Run an action to its end, or cancel it when SIGINT (Ctrl-C) or SIGTERM comes. If
-- the same signal comes again, it ends the program at once, even if the program waits
-- because nobody reads its output.
untilSignal :: IO a -> IO (Either Signal a)
untilSignal action = do
  arrived <- newEmptyMVar
  let minding signal = bracket (install signal (CatchOnce (void (tryPutMVar arrived signal)))) (install signal) . const
  minding sigINT (minding sigTERM (race (readMVar arrived) action))
 where
  install signal handler = installHandler signal handler Nothing

-- In one piece, because hPut holds the handle's lock until all bytes are written.
console :: Output
console = Output {say = write stderr . (<> "\n"), recite = write stdout}
 where
  write to bytes = Bytes.hPut to bytes >> hFlush to

-- If the reader has closed the pipe (as in @| head -1@), no message is needed. Other
-- problems, such as a full disk, are reported.
outputLost :: IOException -> IO Bool
outputLost problem = do
  unless (errno problem == Just ePIPE) $
    say console ("cannot print: " <> plainWords problem)
  pure False

-- | Report that task N has failed. Returns 'False': its poem did not come whole.
giveUp :: Output -> Int -> Address -> IOException -> IO Bool
giveUp output task address problem =
  False <$ say output (Progress.failed task (plainWords problem) address)
