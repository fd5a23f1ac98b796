module LessonSpec (spec) where

import Data.Char (toUpper)
import Data.Foldable (for_)
import Data.List (sort)
import System.Directory (listDirectory)
import System.Exit (ExitCode (..))
import System.FilePath (takeBaseName, takeExtension, (<.>), (</>))
import System.Process (readProcessWithExitCode)
import Test.Hspec

-- The files of a lesson have the name of its module.
moduleName :: String -> String
moduleName name = case break (== '-') name of
  (word, rest) -> capital word ++ (if null rest then "" else moduleName (drop 1 rest))
 where
  capital word = map toUpper (take 1 word) ++ drop 1 word

lesson :: [String] -> IO (ExitCode, String, String)
lesson arguments = readProcessWithExitCode "lesson" arguments ""

spec :: Spec
spec = describe "the lessons" $ do
  listed <- runIO (lesson [])
  let (_, names, _) = listed

  it "are all in the list" $ do
    files <- listDirectory "src/Lesson"
    for_ [".hs", ".txt"] $ \ending ->
      sort [takeBaseName file | file <- files, takeExtension file == ending]
        `shouldBe` sort (map moduleName (lines names))

  for_ (lines names) $ \name ->
    it (name ++ " prints what is recorded") $ do
      recorded <- readFile ("src/Lesson" </> moduleName name <.> "txt")
      lesson [name] `shouldReturn` (ExitSuccess, recorded, "")

  it "are listed when a name is unknown" $ do
    (status, said, complaint) <- lesson ["no-such"]
    (status, said) `shouldBe` (ExitFailure 2, "")
    complaint `shouldBe` "lesson: no lesson \"no-such\"; there are " ++ unwords (lines names) ++ "\n"
