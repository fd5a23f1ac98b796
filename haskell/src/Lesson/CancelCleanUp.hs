-- |
-- A cancelled thread cleans up: 'bracket' releases what was acquired, and 'cancel'
-- returns when that is done.
module Lesson.CancelCleanUp (lesson) where

import Control.Concurrent.Async (async, cancel, waitCatch)
import Control.Concurrent.MVar (newEmptyMVar, putMVar, takeMVar)
import Control.Exception (bracket)
import Data.IORef (modifyIORef', newIORef, readIORef)

-- | Cancel a thread that has a connection and waits for a poem.
lesson :: IO ()
lesson = do
  connections <- newIORef (0 :: Int)
  box <- newEmptyMVar
  waiting <- newEmptyMVar
  let open = putStrLn "opening" >> modifyIORef' connections (+ 1)
      close () = putStrLn "closing" >> modifyIORef' connections (subtract 1)
      tellOpen = readIORef connections >>= putStrLn . ("open now: " ++) . show
  poem <- async $
    bracket open close $ \() -> do
      putMVar waiting ()
      takeMVar box
  takeMVar waiting
  tellOpen
  putStrLn "cancelling"
  cancel poem
  tellOpen
  outcome <- waitCatch poem
  putStrLn ("its outcome: " ++ show outcome)
  putMVar box "slow poetry"
  left <- takeMVar box
  putStrLn ("comes too late: " ++ show left)
