{-# LANGUAGE OverloadedStrings #-}

module Poetry.Client.LazySpec (spec) where

import Control.Concurrent.MVar (newEmptyMVar, putMVar, takeMVar)
import Data.ByteString (ByteString)
import Network.Socket.ByteString (sendAll)
import Test.Hspec

import Poetry.Address (Address (..))
import Poetry.Client (Output (..))
import Poetry.Client.Lazy (getPoetry)
import qualified Poetry.Progress as Progress
import ScriptedServer
import Witness

spec :: Spec
spec = describe "the lazy client" $ do
  it "prints poems byte for byte in the order of the arguments, each with one newline after it" $ do
    go <- newEmptyMVar
    withServer (\connection -> takeMVar go >> poem ["na\195", "\175ve\n"] connection) $ \first ->
      withServer (\connection -> poem ["\255\0"] connection >> putMVar go ()) $ \second -> do
        events <- watched patient [first, second]
        mconcat [bytes | Recited bytes <- events] `shouldBe` "na\195\175ve\n\n\255\0\n"
        last events `shouldBe` Finished True

  it "prints an empty poem as a newline" $
    withServer (poem []) $ \address ->
      watched patient [address] `shouldReturn` [Recited "\n", Finished True]

  it "prints each piece as it comes, without progress lines" $ do
    go <- newEmptyMVar
    let script connection = sendAll connection "one" >> takeMVar go >> sendAll connection "two"
    withServer script $ \address ->
      watching patient [address] $ \next -> do
        next `shouldReturn` Recited "one"
        putMVar go ()
        allEvents next `shouldReturn` [Recited "two", Recited "\n", Finished True]

  it "reports an address that refuses while the first poem is still coming" $ do
    go <- newEmptyMVar
    withServer (\connection -> takeMVar go >> poem ["slow"] connection) $ \slow ->
      withRefusing $ \refusing ->
        watching patient [slow, refusing] $ \next -> do
          next `shouldReturn` failed 2 "connection refused" refusing
          putMVar go ()
          allEvents next `shouldReturn` [Recited "slow", Recited "\n", Finished False]

  it "ends a poem that was reset with a newline, reports it and goes on" $ do
    go <- newEmptyMVar
    let script connection = sendAll connection "one" >> takeMVar go >> reset connection
    withServer script $ \broken ->
      withServer (poem ["a poem"]) $ \whole ->
        watching patient [broken, whole] $ \next -> do
          next `shouldReturn` Recited "one"
          putMVar go ()
          allEvents next
            `shouldReturn` [ Recited "\n"
                           , failed 1 "connection reset" broken
                           , Recited "a poem"
                           , Recited "\n"
                           , Finished False
                           ]

  it "gets the other poems when several tasks fail, each with its own reason" $
    withServer reset $ \broken -> withRefusing $ \refusing -> withServer (poem ["a poem"]) $ \whole -> do
      events <- watched patient [broken, refusing, whole, Address "no..host" 10001]
      events `shouldContain` [failed 1 "connection reset" broken]
      events `shouldContain` [failed 2 "connection refused" refusing]
      events `shouldContain` [failed 4 "unknown host" (Address "no..host" 10001)]
      mconcat [bytes | Recited bytes <- events] `shouldBe` "a poem\n"
      last events `shouldBe` Finished False

  it "prints nothing of a poem that was reset before its first byte" $
    withServer reset $ \address ->
      watched patient [address]
        `shouldReturn` [failed 1 "connection reset" address, Finished False]

  it "does not report a failed output as a failed task" $ do
    closed <- newEmptyMVar
    withServer (\connection -> sendAll connection "one" >> untilGone connection >>= putMVar closed) $ \address -> do
      let dry = Output {say = expectationFailure . show, recite = const (ioError (userError "dry"))}
      patient dry [address] `shouldThrow` (== userError "dry")
      takeMVar closed `shouldReturn` ""

  it "connects to an address while the one before it does not answer" $ do
    called <- newEmptyMVar
    withSilent $ \silent ->
      withServer (const (putMVar called ())) $ \address ->
        watching patient [silent, address] $ \_ -> takeMVar called

  it "waits for two hundred servers at the same time" $ do
    script <- allTogether 200 (poem ["a poem"])
    withServer script $ \address -> do
      events <- watched patient (replicate 200 address)
      mconcat [bytes | Recited bytes <- events] `shouldBe` mconcat (replicate 200 "a poem\n")
      last events `shouldBe` Finished True

  it "gives up an address that sends nothing for too long, but not one that sends or waits for its turn" $ do
    hungUp <- newEmptyMVar
    withServer (\connection -> sendAll connection "one" >> untilGone connection >>= putMVar hungUp) $ \stalling ->
      withServer (\connection -> takeMVar hungUp >> slowPoem 4 connection) $ \moving -> do
        events <- watched hasty [stalling, moving]
        take 3 events `shouldBe` [Recited "one", Recited "\n", failed 1 "timed out" stalling]
        mconcat [bytes | Recited bytes <- drop 3 events] `shouldBe` "slow slow slow slow \n"
        last events `shouldBe` Finished False

failed :: Int -> ByteString -> Address -> Event
failed task why address = Said (Progress.failed task why address)

patient, hasty :: Output -> [Address] -> IO Bool
patient output = getPoetry output Nothing
hasty output = getPoetry output (Just 3000000000) -- less than a slow poem takes
