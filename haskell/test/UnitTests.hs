-- |
-- Runs every @*Spec@ module. The last line has the numbers of passed and failed tests,
-- for the lab. A test that takes a minute fails: it waits for something that never
-- happens.
module UnitTests (main) where

import Control.Monad (when)
import System.Exit (exitFailure)
import System.Timeout (timeout)
import Test.Hspec (around_, expectationFailure)
import Test.Hspec.Runner (Summary (..), defaultConfig, hspecWithResult)

import qualified Spec

main :: IO ()
main = do
  summary <- hspecWithResult defaultConfig (around_ inTime Spec.spec)
  let failures = summaryFailures summary
      passes = summaryExamples summary - failures
  putStrLn (show passes ++ " passed, " ++ show failures ++ " failed")
  when (failures > 0 || passes == 0) exitFailure

inTime :: IO () -> IO ()
inTime test = timeout 60000000 test >>= maybe (expectationFailure "still waiting after a minute") pure
