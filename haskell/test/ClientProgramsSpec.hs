{-# LANGUAGE OverloadedStrings #-}

module ClientProgramsSpec (spec) where

import Control.Concurrent.MVar (newEmptyMVar, putMVar, takeMVar)
import Control.Monad (replicateM, replicateM_)
import qualified Data.ByteString.Char8 as Bytes
import Data.Foldable (for_)
import Network.Socket (ShutdownCmd (ShutdownSend), shutdown)
import Network.Socket.ByteString (recv, sendAll)
import System.Exit (ExitCode (..))
import System.Posix.Signals (sigINT, sigTERM)
import Test.Hspec

import qualified Poetry.Address as Address
import ScriptedServer
import ServerProcess

spec :: Spec
spec = do
  for_ ["haskell-announcing", "haskell-lazy"] $ \name -> describe name $ do
    let running options = withProgram name . (options ++) . map written

    it "gets a poem from an IPv6 address, and names another one in brackets" $
      withServerOn loopback6 (poem ["a poem"]) $ \alive -> withRefusingOn loopback6 $ \dead -> do
        (status, said, told) <- running [] [alive, dead] ended
        (status, said) `shouldBe` (ExitFailure 1, "a poem\n")
        Bytes.lines told
          `shouldContain` ["Task 2: failed: connection refused ([::1]:" <> Bytes.pack (show (Address.port dead)) <> ")"]
        for_ (filter (Bytes.isPrefixOf "Task 1") (Bytes.lines told)) $
          (`shouldBe` "Task 1: got 6 bytes of poetry from [::1]:" <> Bytes.pack (show (Address.port alive)))

    it "hangs up and fails when a server sends nothing for longer than the time limit" $ do
      hungUp <- newEmptyMVar
      withServer (\connection -> recv connection 10 >>= putMVar hungUp) $ \stalling -> do
        running ["--timeout", "2"] [stalling] ended
          `shouldReturn` (ExitFailure 1, "", "Task 1: failed: timed out (" <> Address.format stalling <> ")\n")
        takeMVar hungUp `shouldReturn` ""

    it "refuses a wrong time limit with the usage and status 2" $ do
      (status, said, complaints) <- running ["--timeout", "0", "10001"] [] ended
      (status, said) `shouldBe` (ExitFailure 2, "")
      Bytes.lines complaints
        `shouldBe` [ Bytes.pack name <> ": argument --timeout: '0' is not a number of seconds above 0 and at most 3600"
                   , "usage: " <> Bytes.pack name <> " [--timeout SECONDS] [host:]port ..."
                   ]

    for_ [(sigINT, 130), (sigTERM, 143)] $ \(signal, status) ->
      it ("closes all connections on signal " ++ show signal ++ " and ends with status " ++ show status) $ do
        (called, hungUp) <- (,) <$> newEmptyMVar <*> newEmptyMVar
        withServer (\connection -> putMVar called () >> recv connection 10 >>= putMVar hungUp) $ \stalling -> do
          running [] [stalling, stalling] $ \client -> do
            replicateM_ 2 (takeMVar called)
            signalled signal client `shouldReturn` (ExitFailure status, "", "")
          replicateM 2 (takeMVar hungUp) `shouldReturn` ["", ""]

  it "haskell-announcing, when stopped by a signal, prints the poems that are whole" $ do
    (called, left) <- (,) <$> newEmptyMVar <*> newEmptyMVar
    let long = Bytes.replicate 200000 'x' -- more than a pipe holds, so the poems wait to be printed
        sending connection = sendAll connection long >> shutdown connection ShutdownSend >> leaving connection
        leaving connection = recv connection 10 >>= putMVar left
        calling connection = putMVar called () >> leaving connection
    withServer sending $ \whole -> withServer calling $ \stalling ->
      withProgram "haskell-announcing" (map written [whole, whole, stalling]) $ \client -> do
        replicateM 2 (takeMVar left) `shouldReturn` ["", ""]
        takeMVar called
        (status, said, _) <- signalled sigTERM client
        (status, said == Bytes.concat [long, "\n", long, "\n"]) `shouldBe` (ExitFailure 143, True)

  it "haskell-lazy, when stopped by a signal, ends the poem that it has begun with a newline" $
    withServer (\connection -> sendAll connection "one" >> recv connection 10 >> pure ()) $ \stalling ->
      withProgram "haskell-lazy" [written stalling] $ \client -> do
        Bytes.hGet (output client) 3 `shouldReturn` "one"
        signalled sigINT client `shouldReturn` (ExitFailure 130, "\n", "")
 where
  written = Bytes.unpack . Address.format
