{-# LANGUAGE OverloadedStrings #-}

module Poetry.AddressSpec (spec) where

import Data.Foldable (for_)
import Test.Hspec

import Poetry.Address (Address (..), format, parse, parseAll)

spec :: Spec
spec = do
  describe "an address" $ do
    it "is 127.0.0.1 when the port comes alone" $
      parse "10001" `shouldBe` Right (Address "127.0.0.1" 10001)

    it "takes a host before the colon" $
      parse "poems.example:10001" `shouldBe` Right (Address "poems.example" 10001)

    it "takes the lowest and the highest port there are" $
      traverse (fmap port . parse) ["1", "65535"] `shouldBe` Right [1, 65535]

    it "is shown as it was given, with its host always there" $
      traverse (fmap format . parse) ["10001", "h:1", "h\195\169:2"]
        `shouldBe` Right ["127.0.0.1:10001", "h:1", "h\195\169:2"]

  describe "a bad address" $
    for_
      [ ("", "the port is not a number")
      , ("sonnet", "the port is not a number")
      , ("localhost:", "the port is not a number")
      , ("localhost:80a", "the port is not a number")
      , ("-1", "the port is not a number")
      , ("+80", "the port is not a number")
      , (" 80", "the port is not a number")
      , ("0", "the port is not within 1..65535")
      , ("65536", "the port is not within 1..65535")
      , ("18446744073709551617", "the port is not within 1..65535")
      , (":10001", "the host is empty")
      , ("a:b:80", "there is more than one colon")
      ]
      $ \(argument, why) ->
        it (show argument ++ " is named, with what is wrong") $
          parse argument `shouldBe` Left ("bad address '" <> argument <> "': " <> why)

  describe "a command line" $ do
    it "gives its addresses in the order of the arguments" $
      parseAll ["2", "h:1", "3"]
        `shouldBe` Right [Address "127.0.0.1" 2, Address "h" 1, Address "127.0.0.1" 3]

    it "is bad as a whole when one argument is" $
      parseAll ["10001", "h:x", "0"] `shouldBe` Left "bad address 'h:x': the port is not a number"

    it "needs an address" $
      parseAll [] `shouldBe` Left "no addresses given"
