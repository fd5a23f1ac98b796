{-# LANGUAGE OverloadedStrings #-}

module Poetry.Client.AnnouncingSpec (spec) where

import Control.Concurrent.MVar (newEmptyMVar, putMVar, takeMVar)
import Data.ByteString (ByteString)
import Network.Socket.ByteString (sendAll)
import Test.Hspec

import Poetry.Address (Address (..))
import Poetry.Client (Output)
import Poetry.Client.Announcing (getPoetry)
import qualified Poetry.Progress as Progress
import ScriptedServer
import Witness

spec :: Spec
spec = describe "the announcing client" $ do
  it "prints a poem byte for byte, with one newline after it" $
    withServer (poem ["na\195", "\175ve\n", "\255\0\r\n"]) $ \address ->
      watched patient [address]
        `shouldReturn` [ got 1 7 address
                       , got 1 4 address
                       , Recited "na\195\175ve\n\255\0\r\n\n"
                       , Finished True
                       ]

  it "prints an empty poem as a newline, without a progress line" $
    withServer (poem []) $ \address ->
      watched patient [address] `shouldReturn` [Recited "\n", Finished True]

  it "prints a progress line when a line is complete, without waiting for the next" $ do
    go <- newEmptyMVar
    let script connection = do
          sendAll connection "one\ntw"
          takeMVar go
          sendAll connection "o\nthree"
    withServer script $ \address ->
      watching patient [address] $ \next -> do
        next `shouldReturn` got 1 4 address
        putMVar go ()
        allEvents next
          `shouldReturn` [ got 1 4 address
                         , got 1 5 address
                         , Recited "one\ntwo\nthree\n"
                         , Finished True
                         ]

  it "prints a poem when it is whole, while another is still coming" $ do
    go <- newEmptyMVar
    withServer (\connection -> takeMVar go >> poem ["slow"] connection) $ \slow ->
      withServer (poem ["quick"]) $ \quick ->
        watching patient [slow, quick] $ \next -> do
          next `shouldReturn` got 2 5 quick
          next `shouldReturn` Recited "quick\n"
          putMVar go ()
          allEvents next `shouldReturn` [got 1 4 slow, Recited "slow\n", Finished True]

  it "reports an address that refuses, and gets the other poems" $
    withRefusing $ \refusing -> withServer (poem ["a poem"]) $ \address -> do
      events <- watched patient [refusing, address]
      events `shouldContain` [failed 1 "connection refused" refusing]
      events `shouldContain` [Recited "a poem\n"]
      last events `shouldBe` Finished False

  it "reports a reset in the middle of a poem, and prints nothing of that poem" $ do
    go <- newEmptyMVar
    let script connection = sendAll connection "one\ntwo" >> takeMVar go >> reset connection
    withServer script $ \address ->
      watching patient [address] $ \next -> do
        next `shouldReturn` got 1 4 address
        putMVar go ()
        allEvents next `shouldReturn` [failed 1 "connection reset" address, Finished False]

  it "gets the other poems when several tasks fail, each with its own reason" $
    withServer reset $ \broken -> withRefusing $ \refusing -> withServer (poem ["a poem"]) $ \whole -> do
      events <- watched patient [broken, refusing, whole, Address "no..host" 10001]
      events `shouldContain` [failed 1 "connection reset" broken]
      events `shouldContain` [failed 2 "connection refused" refusing]
      events `shouldContain` [failed 4 "unknown host" (Address "no..host" 10001)]
      [bytes | Recited bytes <- events] `shouldBe` ["a poem\n"]
      last events `shouldBe` Finished False

  it "waits for two hundred servers at the same time" $ do
    script <- allTogether 200 (poem ["a poem"])
    withServer script $ \address -> do
      events <- watched patient (replicate 200 address)
      length (filter (== Recited "a poem\n") events) `shouldBe` 200
      last events `shouldBe` Finished True

  it "gives up an address that sends nothing for too long, but not one that sends" $ do
    hungUp <- newEmptyMVar
    withServer (\connection -> sendAll connection "one\n" >> untilGone connection >>= putMVar hungUp) $ \stalling ->
      withServer (slowPoem 4) $ \moving -> do
        events <- watched hasty [stalling, moving]
        events
          `shouldMatchList` [ got 1 4 stalling
                            , failed 1 "timed out" stalling
                            , got 2 20 moving
                            , Recited "slow slow slow slow \n"
                            , Finished False
                            ]
        takeMVar hungUp `shouldReturn` ""

got :: Int -> Int -> Address -> Event
got task count address = Said (Progress.got task (fromIntegral count) address)

failed :: Int -> ByteString -> Address -> Event
failed task why address = Said (Progress.failed task why address)

patient, hasty :: Output -> [Address] -> IO Bool
patient output = getPoetry output Nothing
hasty output = getPoetry output (Just 3000000000) -- less than a slow poem takes
