{-# LANGUAGE OverloadedStrings #-}

module Poetry.ClientSpec (spec) where

import Control.Concurrent.MVar (newEmptyMVar, putMVar, takeMVar)
import Control.Exception (bracket, throwIO, try)
import Data.ByteString (ByteString)
import qualified Data.ByteString.Char8 as Bytes
import GHC.IO.Handle (hDuplicate, hDuplicateTo)
import Network.Socket.ByteString (recv)
import System.Environment (withArgs, withProgName)
import System.Exit (ExitCode (..))
import System.IO (BufferMode (NoBuffering), Handle, hClose, hSetBuffering, stderr)
import System.Process (createPipe)
import Test.Hspec

import Poetry.Address (Address (..))
import Poetry.Client (plainWords, run, withConnection)
import ScriptedServer

spec :: Spec
spec = do
  describe "a connection" $ do
    it "can be had by the name of a host" $
      withServer (poem ["a poem"]) $ \address ->
        withConnection address {host = "localhost"} (`recv` 10) `shouldReturn` "a poem"

    it "is closed when its use is over" $ do
      lastWords <- newEmptyMVar
      withServer (\connection -> recv connection 10 >>= putMVar lastWords) $ \address -> do
        withConnection address (const (pure ()))
        takeMVar lastWords `shouldReturn` ""

    it "is closed when its use ends in an exception" $ do
      lastWords <- newEmptyMVar
      withServer (\connection -> recv connection 10 >>= putMVar lastWords) $ \address -> do
        withConnection address (const (throwIO (userError "enough"))) `shouldThrow` (== userError "enough")
        takeMVar lastWords `shouldReturn` ""

  describe "plain words" $ do
    it "name a refused connection" $
      withRefusing wordsFor `shouldReturn` "connection refused"

    it "name a connection that was reset" $
      withServer reset wordsFor `shouldReturn` "connection reset"

    it "name a host that nobody knows" $
      wordsFor (Address "no..host" 10001) `shouldReturn` "unknown host"

  describe "a client's exit status" $ do
    it "is 0 when all poems came whole" $
      leaving ["10001", "h:2"] (const (pure True)) `shouldReturn` (ExitSuccess, "")

    it "is 1 when one did not" $
      leaving ["10001", "h:2"] (const (pure False)) `shouldReturn` (ExitFailure 1, "")

    it "is 1, without a word, when the reader of its output has left" $
      leaving ["10001"] (const (abandoned (`Bytes.hPut` "a poem"))) `shouldReturn` (ExitFailure 1, "")

    it "is 1, with the reason, when its output cannot be written" $
      leaving ["10001"] (const (ioError (userError "the ink is dry")))
        `shouldReturn` (ExitFailure 1, "cannot write: the ink is dry\n")

    it "is 2 when an argument is bad, and nothing is fetched" $
      leaving ["10001", "h:x"] (const (fail "fetched"))
        `shouldReturn` ( ExitFailure 2
                       , "get-poetry: bad address 'h:x': the port is not a number\n\
                         \usage: get-poetry [host:]port ...\n"
                       )

  it "gives the addresses on its command line to the client, in order" $ do
    given <- newEmptyMVar
    _ <- leaving ["10001", "h:2"] (\addresses -> True <$ putMVar given addresses)
    takeMVar given `shouldReturn` [Address "127.0.0.1" 10001, Address "h" 2]

-- The words for what happens when something is read from an address.
wordsFor :: Address -> IO ByteString
wordsFor address = either plainWords id <$> try (withConnection address (`recv` 10))

-- Write to a pipe whose reader has left.
abandoned :: (Handle -> IO ()) -> IO Bool
abandoned write = do
  (readEnd, writeEnd) <- createPipe
  hSetBuffering writeEnd NoBuffering
  hClose readEnd
  True <$ write writeEnd

-- The exit status of a client with these arguments, and what it said on stderr.
leaving :: [String] -> ([Address] -> IO Bool) -> IO (ExitCode, ByteString)
leaving arguments getPoetry = do
  (readEnd, writeEnd) <- createPipe
  status <- bracket (hDuplicate stderr) restore $ \_ -> do
    hDuplicateTo writeEnd stderr
    withProgName "get-poetry" (withArgs arguments (try (run (const getPoetry))))
  hClose writeEnd
  said <- Bytes.hGetContents readEnd
  pure (either id (const ExitSuccess) status, said)
 where
  restore saved = hDuplicateTo saved stderr >> hClose saved
