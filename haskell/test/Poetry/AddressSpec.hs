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

    for_ ["::1", "::", "2001:db8::7", "FE80::1", "1:2:3:4:5:6:7:8", "::ffff:10.0.0.7", "0::0:1"] $ \six ->
      it ("can have an IPv6 address in brackets, which is shown as it was given: " ++ show six) $ do
        parse ("[" <> six <> "]:0010001") `shouldBe` Right (Address six 10001)
        format (Address six 10001) `shouldBe` "[" <> six <> "]:10001"

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
      , ("[::1]:", outOfRange)
      , ("[::1]:x", outOfRange)
      , ("[::1]:0", outOfRange)
      , ("[::1]:65536", outOfRange)
      , ("a:b:80", "more than one colon; " <> inBrackets)
      , ("::1", "more than one colon; " <> inBrackets)
      , ("::1:10001", "more than one colon; " <> inBrackets)
      , ("x[::1]:1", "more than one colon; " <> inBrackets)
      , ("[::1]", inBrackets)
      , ("[::1", inBrackets)
      , ("[]:1", inBrackets)
      , ("[::1]10001", inBrackets)
      , ("[127.0.0.1]:1", inBrackets)
      , ("[localhost]:1", inBrackets)
      , ("[::1%lo]:1", inBrackets)
      , ("[fe80::1%lo]:1", inBrackets)
      , ("[1::2::3]:1", inBrackets)
      , ("[1:2:3:4:5:6:7]:1", inBrackets)
      , ("[g::1]:1", inBrackets)
      , ("[::12345]:1", inBrackets)
      , ("[ ::1]:1", inBrackets)
      , ("[::1\NUL]:1", inBrackets)
      , ("[[::1]]:1", inBrackets)
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
  inBrackets = "an IPv6 address is written in brackets, before a port, like [::1]:10001"
