{-# LANGUAGE OverloadedStrings #-}

module Poetry.Server.SendLogSpec (spec) where

import Control.Concurrent (threadDelay)
import Control.Concurrent.Async (withAsync)
import Control.Exception (throwIO, try)
import Test.Hspec

import Poetry.Server.SendLog
import Poetry.Words (Trouble (..), seconds, showSeconds)

spec :: Spec
spec = do
  describe "a line for programs" $ do
    it "is JSON, with times in seconds to the microsecond" $
      map (ndjson . Entry 1234000567499 2 7)
        [Accepted "127.0.0.1:5000", Sent 10 20 Nothing, HalfClosed, Closed, WasReset, HungUp]
        `shouldBe` [ "{\"t\":1234.000567,\"act\":\"accept\",\"server\":2,\"conn\":7,\"peer\":\"127.0.0.1:5000\"}"
                   , "{\"t\":1234.000567,\"act\":\"send\",\"server\":2,\"conn\":7,\"start\":10,\"end\":20}"
                   , "{\"t\":1234.000567,\"act\":\"half-close\",\"server\":2,\"conn\":7}"
                   , "{\"t\":1234.000567,\"act\":\"close\",\"server\":2,\"conn\":7}"
                   , "{\"t\":1234.000567,\"act\":\"reset\",\"server\":2,\"conn\":7}"
                   , "{\"t\":1234.000567,\"act\":\"hang-up\",\"server\":2,\"conn\":7}"
                   ]

    it "has the due time of a chunk that did not have to wait" $
      ndjson (Entry 2000000000 1 1 (Sent 0 10 (Just 1999999500)))
        `shouldBe` "{\"t\":2.000000,\"act\":\"send\",\"server\":1,\"conn\":1,\"start\":0,\"end\":10,\"due\":2.000000}"

  it "a line for people has the seconds since the log began" $
    map (plain 1000000000 . Entry 13500000000 2 7) [Accepted "127.0.0.1:5000", Sent 10 20 (Just 0), HungUp]
      `shouldBe` [ "   12.500 s  server 2  connection 7: accepted, from 127.0.0.1:5000"
                 , "   12.500 s  server 2  connection 7: sent bytes 10 to 20"
                 , "   12.500 s  server 2  connection 7: hang-up"
                 ]

  it "a failed write is thrown to the thread that made the log" $ do
    outcome <- try $ do
      sendLog <- through (const (throwIO (userError "the disk is full"))) ndjson
      withAsync (sendLog (Entry 0 1 1 Closed)) (const (threadDelay 60000000))
    outcome `shouldBe` Left (Trouble "cannot write the send log: The disk is full")

  describe "seconds" $ do
    it "are read to the nanosecond" $
      map (seconds 3600) ["0", "0.7", "3600.000000", "1.0000000019"]
        `shouldBe` map Just [0, 700000000, 3600000000000, 1000000001]

    it "are digits only, up to a maximum" $
      map (seconds 3600) ["", ".", "1.", ".5", "-1", "1e3", "3600.1", "99999999999999999999"]
        `shouldBe` replicate 8 Nothing

    it "are shown rounded, with all decimals" $
      [showSeconds 6 999999500, showSeconds 6 999999499, showSeconds 3 1002000000]
        `shouldBe` ["1.000000", "0.999999", "1.002"]
