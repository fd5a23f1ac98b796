-- |
-- Cancelling a thread that waits on another, which 'withAsync' started, cancels
-- that other too: an inner thread cannot outlive the block it belongs to.
module Lesson.CancelInner (lesson) where

import Control.Concurrent.Async
import Control.Concurrent.MVar (newEmptyMVar, putMVar, takeMVar, tryReadMVar)
import Control.Exception (SomeException, catch, throwIO)

-- | Cancel an outer thread while it waits on an inner one.
lesson :: IO ()
lesson = do
  box <- newEmptyMVar
  innerWaits <- newEmptyMVar
  outerWaits <- newEmptyMVar
  let innerWork = do
        putMVar innerWaits ()
        takeMVar box
      outerWork = withAsync (innerWork `catch` toldOf "inner") $ \inner -> do
        takeMVar innerWaits
        putStrLn "outer waits on inner"
        putMVar outerWaits ()
        wait inner
  outer <- async (outerWork `catch` toldOf "outer")
  takeMVar outerWaits
  putStrLn "cancelling outer"
  cancel outer
  outcome <- waitCatch outer
  putStrLn ("outcome of outer: " ++ show outcome)
  left <- tryReadMVar box
  putStrLn ("in the box: " ++ show left)

-- | Tell of an exception and pass it on.
toldOf :: String -> SomeException -> IO String
toldOf name problem = do
  putStrLn (name ++ " got " ++ show problem)
  throwIO problem
