-- |
-- A timeout is a cancellation after a time: 'timeout' throws an exception in its action
-- and returns 'Nothing' instead of a result.
module Lesson.TimeOut (lesson) where

import Control.Concurrent (threadDelay)
import Control.Exception (SomeException, catch, throwIO)
import System.Timeout (timeout)

-- | Return a poem after so many microseconds, unless an exception stops it.
getPoem :: String -> Int -> IO String
getPoem name microseconds = do
  threadDelay microseconds `catch` stopped
  pure (name ++ " poem")
 where
  stopped problem = do
    putStrLn (name ++ ": got " ++ show (problem :: SomeException))
    throwIO problem

-- | Wait up to a minute for the first poem, and 0.1 seconds for the second.
lesson :: IO ()
lesson = do
  quick <- timeout 60000000 (getPoem "quick" 50000)
  putStrLn ("quick: " ++ show quick)
  slow <- timeout 100000 (getPoem "slow" 60000000)
  putStrLn ("slow: " ++ show slow)
