-- |
-- Cancelling stops the waiting, but not work that a thread of its own does:
-- what 'forkIO' started belongs to nobody, and goes on to its end.
module Lesson.CancelNotAbort (lesson) where

import Control.Concurrent (forkIO)
import Control.Concurrent.Async (async, cancel, waitCatch)
import Control.Concurrent.MVar
import Control.Monad (void)

-- | Cancel who waits for a poem while another thread is at work on it.
lesson :: IO ()
lesson = do
  box <- newEmptyMVar
  go <- newEmptyMVar
  void (forkIO (work go box))
  poem <- async (takeMVar box)
  putStrLn "waiting"
  cancel poem
  outcome <- waitCatch poem
  putStrLn ("outcome of the waiting: " ++ show outcome)
  putMVar go ()
  left <- readMVar box
  putStrLn ("in the box, for nobody: " ++ show left)

-- | The work: nobody tells it that the poem is not wanted any more.
work :: MVar () -> MVar String -> IO ()
work go box = do
  takeMVar go
  putStrLn "the work is done: sending the poem"
  putMVar box "slow poetry"
