-- |
-- Cancelling a thread that waits does not stop the thread that works: a thread started
-- by 'forkIO' belongs to no other thread, and goes on to its end.
module Lesson.CancelNotAbort (lesson) where

import Control.Concurrent (forkIO)
import Control.Concurrent.Async (async, cancel, waitCatch)
import Control.Concurrent.MVar
import Control.Monad (void)

-- | Cancel a thread that waits for a poem while another thread works on it.
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

-- | The work. It does not hear that the poem is no longer needed.
work :: MVar () -> MVar String -> IO ()
work go box = do
  takeMVar go
  putStrLn "the work is done: sending the poem"
  putMVar box "slow poetry"
