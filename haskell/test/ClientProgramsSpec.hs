{-# LANGUAGE OverloadedStrings #-}

module ClientProgramsSpec (spec) where

import Control.Concurrent.MVar (newEmptyMVar, putMVar, takeMVar)
import qualified Data.ByteString.Char8 as Bytes
import Data.Foldable (for_)
import Network.Socket.ByteString (recv)
import System.Exit (ExitCode (..))
import Test.Hspec

import qualified Poetry.Address as Address
import ScriptedServer
import ServerProcess

spec :: Spec
spec = do
  for_ ["haskell-announcing", "haskell-lazy"] $ \name -> describe name $ do
    let running options addresses = withProgram ("build/" ++ name) (options ++ map (Bytes.unpack . Address.format) addresses)

    it "hangs up on a server that stalls longer than it is told to wait, and fails" $ do
      hungUp <- newEmptyMVar
      withServer (\connection -> recv connection 10 >>= putMVar hungUp) $ \stalling -> do
        running ["--timeout", "0.2"] [stalling] ended
          `shouldReturn` (ExitFailure 1, "", "Task 1: failed: timed out (" <> Address.format stalling <> ")\n")
        takeMVar hungUp `shouldReturn` ""

    it "refuses a time limit that is none with the usage and status 2" $ do
      (status, said, complaints) <- running ["--timeout", "0", "10001"] [] ended
      (status, said) `shouldBe` (ExitFailure 2, "")
      Bytes.lines complaints
        `shouldBe` [ Bytes.pack name <> ": argument --timeout: '0' is not a number of seconds above 0, at most 3600"
                   , "usage: " <> Bytes.pack name <> " [--timeout SECONDS] [host:]port ..."
                   ]
