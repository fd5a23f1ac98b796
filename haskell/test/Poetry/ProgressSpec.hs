{-# LANGUAGE OverloadedStrings #-}

module Poetry.ProgressSpec (spec) where

import qualified Data.ByteString as Bytes
import qualified Data.ByteString.Lazy as Lazy
import Test.Hspec
import Test.Hspec.QuickCheck (prop)

import Poetry.Address (Address (..))
import Poetry.Progress (failed, got, lineLengths)

spec :: Spec
spec = do
  describe "a progress line" $ do
    it "has the task, the bytes and the address" $
      got 1 10 (Address "127.0.0.1" 10001)
        `shouldBe` "Task 1: got 10 bytes of poetry from 127.0.0.1:10001"

    it "has the reason of a failure" $
      failed 2 "connection refused" (Address "localhost" 10005)
        `shouldBe` "Task 2: failed: connection refused (localhost:10005)"

  describe "the lengths of a poem's lines" $ do
    it "include each newline; the last line may have none" $
      lineLengths "one\n\nthree" `shouldBe` [4, 1, 5]

    it "have no entry after the last newline" $
      lineLengths "one\ntwo\n" `shouldBe` [4, 4]

    it "are an empty list for an empty poem" $
      lineLengths "" `shouldBe` []

    it "count bytes, even if a read ends inside a character" $
      lineLengths (Lazy.fromChunks ["na\195", "\175ve\n", "\226\128", "\166"]) `shouldBe` [7, 3]

    it "are available as soon as the line has come, before the rest" $
      take 2 (lineLengths (Lazy.fromChunks ["one\ntw", "o\n"] <> error "read too far"))
        `shouldBe` [4, 4]

    prop "add up to the length of the poem" $ \reads_ ->
      let poem = Lazy.fromChunks (map Bytes.pack reads_) <> "\n" <> Lazy.pack (concat reads_)
       in sum (lineLengths poem) == Lazy.length poem
