{-# LANGUAGE OverloadedStrings #-}

module Poetry.AddressSpec (spec) where

import Data.Foldable (for_)
import Test.Hspec

import Poetry.Address (Address (..), format, parse, parseAll)

spec :: Spec
spec = do
  describe "an address" $ do
    it "has the host 127.0.0.1 if it is a port alone" $
      parse "10001" `shouldBe` Right (Address "127.0.0.1" 10001)

    it "has a host before the colon" $
      parse "poems.example:10001" `shouldBe` Right (Address "poems.example" 10001)

    it "can have the lowest and the highest port" $
      traverse (fmap port . parse) ["1", "65535"] `shouldBe` Right [1, 65535]

    it "is shown as it was given, always with a host" $
      traverse (fmap format . parse) ["10001", "h:1", "h\195\169:2"]
        `shouldBe` Right ["127.0.0.1:10001", "h:1", "h\195\169:2"]

  describe "a bad argument" $
    for_
      [ ("", outOfRange)
      , ("sonnet", outOfRange)
      , ("localhost:", outOfRange)
      , ("localhost:80a", outOfRange)
      , ("-1", outOfRange)
      , ("+80", outOfRange)
      , (" 80", outOfRange)
      , ("0", outOfRange)
      , ("65536", outOfRange)
      , ("18446744073709551617", outOfRange)
      , (":10001", "the host is empty")
      , ("a:b:80", "more than one colon")
      ]
      $ \(argument, why) ->
        it (show argument ++ " is named with the reason") $
          parse argument `shouldBe` Left ("bad argument '" <> argument <> "': " <> why)

  describe "a command line" $ do
    it "gives its addresses in the order of the arguments" $
      parseAll ["2", "h:1", "3"]
        `shouldBe` Right [Address "127.0.0.1" 2, Address "h" 1, Address "127.0.0.1" 3]

    it "is refused as a whole if one argument is bad" $
      parseAll ["10001", "h:x", "0"] `shouldBe` Left "bad argument 'h:x': the port is not a number from 1 to 65535"

    it "needs an address" $
      parseAll [] `shouldBe` Left "no address given"
 where
  outOfRange = "the port is not a number from 1 to 65535"
