-- |
-- 'cancel' throws 'AsyncCancelled' in the thread that waits. A thread that waits for it
-- gets this exception instead of a result.
module Lesson.CancelWaiting (lesson) where

import Control.Concurrent.Async
import Control.Concurrent.MVar (newEmptyMVar, putMVar, takeMVar, tryReadMVar)
import Control.Exception (SomeException, catch, throwIO)
import Data.Maybe (isJust)

-- | Cancel a thread that waits for a poem.
lesson :: IO ()
lesson = do
  box <- newEmptyMVar
  waiting <- newEmptyMVar
  poem <- async ((putMVar waiting () >> takeMVar box) `catch` report)
  takeMVar waiting
  finished <- isJust <$> poll poem
  putStrLn ("waiting; it has finished: " ++ show finished)
  cancel poem
  finishedNow <- isJust <$> poll poem
  putStrLn ("cancelled; it has finished: " ++ show finishedNow)
  outcome <- waitCatch poem
  putStrLn ("its outcome: " ++ show outcome)
  left <- tryReadMVar box
  putStrLn ("in the box: " ++ show left)

-- | Print an exception and throw it again.
report :: SomeException -> IO String
report problem = do
  putStrLn ("the thread got " ++ show problem)
  throwIO problem
