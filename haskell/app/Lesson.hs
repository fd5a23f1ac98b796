-- | @lesson NAME@ runs a lesson; @lesson@ alone lists their names. A lesson is a
-- small program that shows one idea. Its output is recorded in a file next to it.
module Lesson (main) where

import System.Environment (getArgs)
import System.Exit (ExitCode (..), exitWith)
import System.IO (hPutStrLn, stderr)

import qualified Lesson.CancelCleanUp
import qualified Lesson.CancelFinished
import qualified Lesson.CancelInner
import qualified Lesson.CancelNotAbort
import qualified Lesson.CancelWaiting
import qualified Lesson.OneOfManyFails
import qualified Lesson.TimeOut
import qualified Lesson.VirtualLoop
import qualified Lesson.WaitForMany

main :: IO ()
main = do
  arguments <- getArgs
  case arguments of
    [] -> mapM_ (putStrLn . fst) lessons
    [name] | Just lesson <- lookup name lessons -> lesson
    [name] -> refuse ("no lesson " ++ show name ++ "; there are " ++ unwords (map fst lessons))
    _ -> refuse "usage: lesson [NAME]"
 where
  refuse why = hPutStrLn stderr ("lesson: " ++ why) >> exitWith (ExitFailure 2)

lessons :: [(String, IO ())]
lessons =
  [ ("virtual-loop", Lesson.VirtualLoop.lesson)
  , ("wait-for-many", Lesson.WaitForMany.lesson)
  , ("one-of-many-fails", Lesson.OneOfManyFails.lesson)
  , ("cancel-waiting", Lesson.CancelWaiting.lesson)
  , ("cancel-finished", Lesson.CancelFinished.lesson)
  , ("cancel-not-abort", Lesson.CancelNotAbort.lesson)
  , ("cancel-clean-up", Lesson.CancelCleanUp.lesson)
  , ("cancel-inner", Lesson.CancelInner.lesson)
  , ("time-out", Lesson.TimeOut.lesson)
  ]
