{-# LANGUAGE OverloadedStrings #-}

module Poetry.Server.PlaybillSpec (spec) where

import qualified Data.ByteString.Char8 as Bytes
import Data.Foldable (for_)
import Test.Hspec

import Poetry.Server.Playbill (Part (..), Playbill (..), parse)
import Poetry.Server.Schedule (Act (..), Kind (..))

spec :: Spec
spec = do
  describe "a playbill" $ do
    it "is read as the lab writes it" $
      parse
        "iface 0.0.0.0\n\
        \server 0 ../poems/science.txt\n\
        \0.500000 send 10\n\
        \0.500000 close\n\
        \down 10002\n\
        \\n\
        \\t server  10003 poems/with two  spaces.txt\n\
        \0.250000 send 7\n\
        \1.000000 reset\n"
        `shouldBe` Right
          ( Playbill
              "0.0.0.0"
              [ Serves 0 "../poems/science.txt" [Act 500000000 (Send 10), Act 500000000 Close]
              , Down 10002
              , Serves 10003 "poems/with two  spaces.txt" [Act 250000000 (Send 7), Act 1000000000 Reset]
              ]
          )

    it "has the address 127.0.0.1 if it names none" $
      parse "down 0\n" `shouldBe` Right (Playbill "127.0.0.1" [Down 0])

    it "can have no servers" $
      parse "" `shouldBe` Right (Playbill "127.0.0.1" [])

    it "must be UTF-8 text" $
      parse "\xff\xfe" `shouldBe` Left "the playbill is not UTF-8 text"

  describe "an error has the number of the line and the reason:" $
    for_
      [ ("0.5 close", "no server for '0.5 close'") -- the line before is `down`, which has no schedule
      , ("server 0", "no server for 'server 0'")
      , ("dawn 10001", "no server for 'dawn 10001'")
      , ("server zero poem.txt", "zero is not a port from 0 to 65535")
      , ("server -1 poem.txt", "-1 is not a port from 0 to 65535")
      , ("server 65536 poem.txt", "65536 is not a port from 0 to 65535")
      , ("down 65536", "65536 is not a port from 0 to 65535")
      , ("server 1 poem.txt\n0.5 sing\ESC", "not an act of a schedule: '0.5 sing\\ESC' (wanted ")
      ]
      $ \(line, why) -> it (show line) $ do
        let place = "playbill, line " <> (if Bytes.elem '\n' line then "5: " else "4: ")
        parse ("iface 127.0.0.1\n\ndown 0\n" <> line <> "\ndown 0\n")
          `shouldSatisfy` either ((place <> why) `Bytes.isPrefixOf`) (const False)
