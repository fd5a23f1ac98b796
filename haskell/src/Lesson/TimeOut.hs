-- |
-- A time-out is a cancellation by the clock: 'timeout' throws an exception into
-- its action when the time is up, and gives 'Nothing' in place of a result.
module Lesson.TimeOut (lesson) where

import Control.Concurrent (threadDelay)
import Control.Exception (SomeException, catch, throwIO)
import System.Timeout (timeout)

-- | A poem after that time, unless it is stopped.
getPoem :: String -> Int -> IO String
getPoem name microseconds = do
  threadDelay microseconds `catch` stopped
  pure (name ++ " poem")
 where
  stopped problem = do
    putStrLn (name ++ ": got " ++ show (problem :: SomeException))
    throwIO problem

-- | Wait for two poems, the first for a minute and the second for a moment.
lesson :: IO ()
lesson = do
  quick <- timeout 60000000 (getPoem "quick" 50000)
  putStrLn ("quick: " ++ show quick)
  slow <- timeout 100000 (getPoem "slow" 60000000)
  putStrLn ("slow: " ++ show slow)
