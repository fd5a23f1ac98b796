{-# LANGUAGE OverloadedStrings #-}

module Poetry.Client.OptionsSpec (spec) where

import qualified Data.ByteString.Char8 as Bytes
import Data.Foldable (for_)
import Test.Hspec

import Poetry.Address (Address (..))
import Poetry.Client.Options

spec :: Spec
spec = do
  describe "a client's command line" $ do
    it "has no time limit by default" $
      parse ["10001", "h:2"] `shouldBe` Right (Options Nothing [Address "127.0.0.1" 10001, Address "h" 2])

    for_ [("0.25", 250000000), ("5", 5000000000), ("3600", 3600000000000), ("0.000001", 1000)] $ \(word, limit_) ->
      it ("has a time limit: " ++ word) $
        parse ["--timeout", word, "10001"] `shouldBe` Right (Options (Just limit_) [Address "127.0.0.1" 10001])

    it "has the last of several limits" $
      limit <$> parse ["--timeout=1", "--timeout=2", "10001"] `shouldBe` Right (Just 2000000000)

  describe "a wrong limit is named:" $
    for_ ["0", "0.0", "-1", "3600.1", "nan", "inf", "1e3", "0x10", "soon", "", " 1", "1,5"] $ \word -> it (show word) $
      parse ["--timeout", word, "10001"]
        `shouldBe` Left
          ("argument --timeout: '" <> Bytes.pack word <> "' is not a number of seconds above 0 and at most 3600")

  describe "bad arguments are reported:" $
    for_
      [ ([], "no address given")
      , (["--timeout", "1"], "no address given")
      , (["--timeout"], "option `--timeout' requires an argument")
      , (["--timeout", "10001"], "argument --timeout: '10001' is not")
      , (["--tempo=2", "10001"], "unrecognized option `--tempo=2'")
      , (["10001", "h:x"], "bad argument 'h:x'")
      ]
      $ \(arguments, why) -> it (unwords ("get-poetry" : arguments)) $
        parse arguments
          `shouldSatisfy` either (\message -> why `Bytes.isPrefixOf` message && not (Bytes.elem '\n' message)) (const False)
