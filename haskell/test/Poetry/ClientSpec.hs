{-# LANGUAGE OverloadedStrings #-}

module Poetry.ClientSpec (spec) where

import Control.Concurrent.MVar (newEmptyMVar, putMVar, takeMVar)
import Control.Exception (bracket, try)
import Data.ByteString (ByteString)
import qualified Data.ByteString.Char8 as Bytes
import Data.Either (fromLeft)
import GHC.IO.Handle (hDuplicate, hDuplicateTo)
import System.Environment (withArgs, withProgName)
import System.Exit (ExitCode (..))
import System.IO (BufferMode (NoBuffering), Handle, hClose, hSetBuffering, stderr)
import System.Process (createPipe)
import Test.Hspec

import Poetry.Address (Address (..))
import Poetry.Client (run)
import Poetry.Client.Connection (Limit)

spec :: Spec
spec = do
  describe "a client's exit status" $ do
    it "is 0 when all poems came whole" $
      leaving ["10001", "h:2"] (\_ _ -> pure True) `shouldReturn` (ExitSuccess, "")

    it "is 1 when one poem did not" $
      leaving ["10001", "h:2"] (\_ _ -> pure False) `shouldReturn` (ExitFailure 1, "")

    it "is 1, without a message, when the reader of its output has left" $
      leaving ["10001"] (\_ _ -> abandoned (`Bytes.hPut` "a poem")) `shouldReturn` (ExitFailure 1, "")

    it "is 1, with the reason, when its output cannot be written" $
      leaving ["10001"] (\_ _ -> ioError (userError "the ink is dry"))
        `shouldReturn` (ExitFailure 1, "cannot print: the ink is dry\n")

    it "is 2 when an argument is bad, and nothing is fetched" $
      leaving ["10001", "h:x"] (\_ _ -> fail "fetched")
        `shouldReturn` ( ExitFailure 2
                       , "get-poetry: bad argument 'h:x': the port is not a number from 1 to 65535\n\
                         \usage: get-poetry [--timeout SECONDS] [host:]port ...\n"
                       )

  it "passes the time limit and the addresses, in order, to the client" $ do
    given <- newEmptyMVar
    _ <- leaving ["--timeout", "0.5", "10001", "h:2"] (\limit addresses -> True <$ putMVar given (limit, addresses))
    takeMVar given `shouldReturn` (Just 500000000, [Address "127.0.0.1" 10001, Address "h" 2])

-- Write to a pipe that its reader has closed.
abandoned :: (Handle -> IO ()) -> IO Bool
abandoned write = do
  (readEnd, writeEnd) <- createPipe
  hSetBuffering writeEnd NoBuffering
  hClose readEnd
  True <$ write writeEnd

-- The exit status of a client with these arguments, and its output on stderr.
leaving :: [String] -> (Limit -> [Address] -> IO Bool) -> IO (ExitCode, ByteString)
leaving arguments getPoetry = do
  (readEnd, writeEnd) <- createPipe
  status <- bracket (hDuplicate stderr) restore $ \_ -> do
    hDuplicateTo writeEnd stderr
    withProgName "get-poetry" (withArgs arguments (try (run (const getPoetry))))
  hClose writeEnd
  said <- Bytes.hGetContents readEnd
  pure (fromLeft ExitSuccess status, said)
 where
  restore saved = hDuplicateTo saved stderr >> hClose saved
