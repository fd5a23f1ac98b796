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
    it "waits for ever when it does not say how long" $
      parse ["10001", "h:2"] `shouldBe` Right (Options Nothing [Address "127.0.0.1" 10001, Address "h" 2])

    for_ [("0.25", 250000000), ("5", 5000000000), ("3600", 3600000000000), ("0.000001", 1000)] $ \(word, limit_) ->
      it ("says how long to wait: " ++ word) $
        parse ["--timeout", word, "10001"] `shouldBe` Right (Options (Just limit_) [Address "127.0.0.1" 10001])

    it "means the last limit of several" $
      limit <$> parse ["--timeout=1", "--timeout=2", "10001"] `shouldBe` Right (Just 2000000000)

  describe "a wrong limit is named:" $
    for_ ["0", "0.0", "-1", "3600.1", "nan", "inf", "1e3", "0x10", "soon", "", " 1", "1,5"] $ \word -> it (show word) $
      parse ["--timeout", word, "10001"]
        `shouldBe` Left
          ("argument --timeout: '" <> Bytes.pack word <> "' is not a number of seconds above 0, at most 3600")

  describe "bad usage is told:" $
    for_
      [ ([], "no addresses given")
      , (["--timeout", "1"], "no addresses given")
      , (["--timeout"], "option `--timeout' requires an argument")
      , (["--timeout", "10001"], "argument --timeout: '10001' is not")
      , (["--tempo=2", "10001"], "unrecognized option `--tempo=2'")
      , (["10001", "h:x"], "bad address 'h:x'")
      ]
      $ \(arguments, why) -> it (unwords ("get-poetry" : arguments)) $
        parse arguments
          `shouldSatisfy` either (\told -> why `Bytes.isPrefixOf` told && not (Bytes.elem '\n' told)) (const False)
