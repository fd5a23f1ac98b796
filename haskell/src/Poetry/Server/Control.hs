{-# LANGUAGE OverloadedStrings #-}

-- |
-- The lab's servers: opens and closes playbills as lines on standard input say.
--
-- Commands and their answers, words parted by tabs, one line each:
-- @open PLAYBILL LOG@ is answered by @listening PORT ...@ (in the playbill's
-- order) or @error MESSAGE@; @close@ by @closed@ once the send log is complete
-- on disk. The end of standard input ends the servers.
module Poetry.Server.Control
  ( obey
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

-- | Carry out the commands until they end, one playbill at a time.
obey :: Clock -> IO ()
obey clock = do
  current <- newIORef Nothing
  let next = do
        ended <- isEOF
        unless ended (Bytes.getLine >>= carryOut clock current >>= answer >> next)
  next `finally` (readIORef current >>= sequence_)

-- | Carry out one command; gives the words of its answer. What is open now is
-- known by the action that closes it.
carryOut :: Clock -> IORef (Maybe (IO ())) -> ByteString -> IO [ByteString]
carryOut clock current line = do
  opened <- readIORef current
  case (Bytes.split '\t' line, opened) of
    (["open", _, _], Just _) -> pure ["error", "a playbill is open already"]
    (["open", paper, record], Nothing) -> do
      outcome <- try (openPlaybill clock (Bytes.unpack paper) (Bytes.unpack record))
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

-- | The ports of a playbill's servers, and the action that closes them; throws
-- 'Trouble' where they cannot be opened.
openPlaybill :: Clock -> FilePath -> FilePath -> IO ([PortNumber], IO ())
openPlaybill clock paper record =
  bracketOnError (noLog (openBinaryFile record WriteMode)) hClose $ \file -> do
    text <- orTrouble ("cannot read the playbill " <> quoted (Bytes.pack paper)) (Bytes.readFile paper)
    playbill <- either (throwIO . Trouble) pure (Playbill.parse text)
    sendLog <- SendLog.through (Bytes.hPut file) SendLog.ndjson
    stage <- Stage.open clock sendLog (takeDirectory paper) playbill
    telling <- async (forever (threadDelay tellEvery >> hFlush file))
    pure (ports stage, shut stage >> cancel telling >> noLog (hClose file))
 where
  noLog = orTrouble ("cannot write the send log " <> quoted (Bytes.pack record))
  tellEvery = 50000 -- microseconds that an entry may wait in the buffer

-- A message may quote any bytes; the lab reads UTF-8.
answer :: [ByteString] -> IO ()
answer words_ = orTrouble "cannot answer" $ do
  Bytes.putStr (encodeUtf8 (decodeUtf8With lenientDecode (Bytes.intercalate "\t" words_ <> "\n")))
  hFlush stdout
