{-# LANGUAGE OverloadedStrings #-}

module Poetry.Server.OptionsSpec (spec) where

import qualified Data.ByteString.Char8 as Bytes
import Data.Foldable (for_)
import Test.Hspec

import Poetry.Server.Options

spec :: Spec
spec = do
  describe "a command line" $ do
    it "needs only a poem" $
      parse ["a poem.txt"] `shouldBe` Right (Serve "a poem.txt" (Settings 0 "127.0.0.1" 700000000 10 Plain))

    it "can have the options in any order" $
      parse ["--log=ndjson", "--delay", "0.5", "poem", "--port", "10001", "--iface", "0.0.0.0", "--num-bytes", "7"]
        `shouldBe` Right (Serve "poem" (Settings 10001 "0.0.0.0" 500000000 7 Ndjson))

    it "asks for help, even with other arguments" $
      parse ["one", "--help", "two"] `shouldBe` Right Help

    it "plays the lab's servers with --control" $
      parse ["--control"] `shouldBe` Right Control

  describe "a wrong value is named with its option:" $
    for_
      ( [("--port", value) | value <- ["65536", "-1", "http", "80.5", ""]]
          ++ [("--delay", value) | value <- ["-0.1", "nan", "inf", "3601", "slowly"]]
          ++ [("--num-bytes", value) | value <- ["0", "-10", "ten", "1.5"]]
          ++ [("--log", "xml"), ("--iface", "[::1]")]
      )
      $ \(option, value) -> it (option ++ " " ++ value) $
        parse [option, value, "poem"]
          `shouldSatisfy` refusedWith (Bytes.pack ("argument " ++ option ++ ": '" ++ value ++ "' is not "))

  describe "bad arguments are reported:" $
    for_
      [ ([], "no POEM given")
      , (["one", "two"], "more than one POEM given")
      , (["--pace=2", "poem"], "unrecognized option `--pace=2'")
      , (["poem", "--port"], "option `--port' requires an argument")
      , (["--control", "poem"], "--control takes no POEM")
      ]
      $ \(arguments, why) -> it (unwords ("slow-poetry-server" : arguments)) $
        parse arguments `shouldSatisfy` refusedWith why
 where
  refusedWith why = either (\message -> why `Bytes.isPrefixOf` message && not (Bytes.elem '\n' message)) (const False)
