{-# LANGUAGE OverloadedStrings #-}

module Poetry.Server.ScheduleSpec (spec) where

import qualified Data.ByteString.Char8 as Bytes
import Data.Foldable (for_)
import Test.Hspec
import Test.Hspec.QuickCheck (prop)
import Test.QuickCheck (Positive (..))

import Poetry.Server.Schedule (Act (..), Kind (..), check, even, parseAct)
import Prelude hiding (even)

spec :: Spec
spec = do
  describe "an even schedule" $ do
    it "pauses before each chunk, and closes after the last" $
      even 10 500 25 `shouldBe` [Act 500 (Send 10), Act 1000 (Send 10), Act 1500 (Send 5), Act 1500 Close]

    it "closes an empty poem at once" $
      even 10 500 0 `shouldBe` [Act 0 Close]

    prop "sends all of a poem, in chunks of at most the given size" $ \(Positive size) (Positive most) ->
      let acts = even most 7 size
          sizes = [count | Act _ (Send count) <- acts]
       in sum sizes == size && all (`elem` [1 .. most]) sizes && check size acts == Right acts

  describe "an act as text" $ do
    it "is one line" $
      traverse parseAct ["0.5 send 10", " 1.250000  reset ", "2 close", "0 stall", "3 fin"]
        `shouldBe` Right [Act 500000000 (Send 10), Act 1250000000 Reset, Act 2000000000 Close, Act 0 Stall, Act 3000000000 Fin]

    for_
      [ "", "0.5", "soon send 10", "0.5 sing 10", "-1 send 10", "nan send 10", "inf close", "0.5 send"
      , "0.5 send 0", "0.5 send -3", "0.5 send 1.5", "0.5 send 10 20", "0.5 close 10", "0.5 reset now", "0.5 stall 10", "0.5 fin 10"
      , "0.5. close", ". close"
      ]
      $ \line -> it ("is not " ++ show line ++ ", which is quoted with what was expected") $
        parseAct line
          `shouldBe` Left
            ( "not an act of a schedule: '" <> line
                <> "' (wanted 'SECONDS send BYTES', or 'SECONDS' and 'close', 'fin', 'reset' or 'stall')"
            )

  describe "a schedule" $ do
    it "need not send the whole poem, and can have two acts at the same time" $ do
      let acts = [Act 1 (Send 3), Act 1 (Send 3), Act 1 Close]
      check 10 acts `shouldBe` Right acts

    for_
      [ ([], "must end with 'close', 'fin', 'reset' or 'stall'")
      , ([Act 0 (Send 5)], "must end with 'close', 'fin', 'reset' or 'stall'")
      , ([Act 1 Close, Act 2 Close], "nothing can follow")
      , ([Act 0 Reset, Act 1 (Send 5), Act 1 Close], "nothing can follow")
      , ([Act 0 Stall, Act 1 Close], "nothing can follow")
      , ([Act 5 (Send 1), Act 4 (Send 1), Act 9 Close], "must not go back")
      , ([Act 2 (Send 1), Act 1 Close], "must not go back")
      , ([Act 0 (Send 6), Act 0 (Send 5), Act 1 Close], "sends 11 bytes of a poem of 10")
      ]
      $ \(acts, why) -> it ("is not " ++ show acts) $
        check 10 acts `shouldSatisfy` either (why `Bytes.isInfixOf`) (const False)
