{-# LANGUAGE OverloadedStrings #-}

-- |
-- The lab's servers. Commands on standard input open and close playbills.
--
-- A command is one line, and so is its answer; words are separated by tabs. The answer
-- to @open PLAYBILL LOG@ is @listening PORT ...@, with the ports in the playbill's
-- order, or @error MESSAGE@. The answer to @close@ is @closed@ when the send log is
-- complete on disk. The end of standard input ends the servers.
module Poetry.Server.Control
  ( runCommands
  ) where

import Control.Concurrent (threadDelay)
import Control.Concurrent.Async (async, cancel)
import Control.Exception (bracketOnError, finally, throwIO, try)
import Control.Monad (forever, unless)
import Data.ByteString (ByteString)
import qualified Data.ByteString.Char8 as Bytes
import Data.IORef (IORef, newIORef, readIORef, writeIORef)
import Data.Text.Encoding (decodeUtf8With, encodeUtf8)
import Data.Text.Encoding.Error (lenientDecode)
import Network.Socket (PortNumber)
import System.FilePath (takeDirectory)
import System.IO (IOMode (..), hClose, hFlush, isEOF, openBinaryFile, stdout)

import Poetry.Server.Clock (Clock)
import qualified Poetry.Server.Playbill as Playbill
import qualified Poetry.Server.SendLog as SendLog
import Poetry.Server.Stage (Stage (..))
import qualified Poetry.Server.Stage as Stage
import Poetry.Words (Trouble (..), orTrouble, quoted)

-- | Execute the commands until standard input ends. One playbill is open at a time.
runCommands :: Clock -> IO ()
runCommands clock = do
  current <- newIORef Nothing
  let next = do
        ended <- isEOF
        unless ended (Bytes.getLine >>= execute clock current >>= answer >> next)
  next `finally` (readIORef current >>= sequence_)

-- | Execute one command and return the words of its answer. The reference holds the
-- action that closes the open playbill, if there is one.
execute :: Clock -> IORef (Maybe (IO ())) -> ByteString -> IO [ByteString]
execute clock current line = do
  opened <- readIORef current
  case (Bytes.split '\t' line, opened) of
    (["open", _, _], Just _) -> pure ["error", "a playbill is open already"]
    (["open", playbillPath, logPath], Nothing) -> do
      outcome <- try (openPlaybill clock (Bytes.unpack playbillPath) (Bytes.unpack logPath))
      case outcome of
        Left (Trouble why) -> pure ["error", why]
        Right (ports_, close) -> do
          writeIORef current (Just close)
          pure ("listening" : map (Bytes.pack . show) ports_)
    (["close"], Just close) -> do
      writeIORef current Nothing
      close
      pure ["closed"]
    (["close"], Nothing) -> pure ["error", "no playbill is open"]
    _ -> pure ["error", "unknown command " <> quoted line]

-- | Open a playbill's servers and return their ports and the action that closes them.
-- Throws 'Trouble' if they cannot be opened.
openPlaybill :: Clock -> FilePath -> FilePath -> IO ([PortNumber], IO ())
openPlaybill clock playbillPath logPath =
  bracketOnError (noLog (openBinaryFile logPath WriteMode)) hClose $ \file -> do
    text <- orTrouble ("cannot read the playbill " <> quoted (Bytes.pack playbillPath)) (Bytes.readFile playbillPath)
    playbill <- either (throwIO . Trouble) pure (Playbill.parse text)
    sendLog <- SendLog.through (Bytes.hPut file) SendLog.ndjson
    stage <- Stage.open clock sendLog (takeDirectory playbillPath) playbill
    flushing <- async (forever (threadDelay flushEvery >> hFlush file))
    pure (ports stage, shut stage >> cancel flushing >> noLog (hClose file))
 where
  noLog = orTrouble ("cannot write the send log " <> quoted (Bytes.pack logPath))
  flushEvery = 50000 -- microseconds: an entry is in the file after this time at the latest

-- A message may quote any bytes, but the lab reads UTF-8.
answer :: [ByteString] -> IO ()
answer words_ = orTrouble "cannot write the answer" $ do
  Bytes.putStr (encodeUtf8 (decodeUtf8With lenientDecode (Bytes.intercalate "\t" words_ <> "\n")))
  hFlush stdout
