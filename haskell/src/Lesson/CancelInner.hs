-- |
-- A thread that 'withAsync' has started ends at the latest with the block of 'withAsync'.
-- So cancelling the outer thread, which waits in this block, cancels the inner one too.
module Lesson.CancelInner (lesson) where

import Control.Concurrent.Async
import Control.Concurrent.MVar (newEmptyMVar, putMVar, takeMVar, tryReadMVar)
import Control.Exception (SomeException, catch, throwIO)

-- | Cancel an outer thread while it waits for an inner one.
lesson :: IO ()
lesson = do
  box <- newEmptyMVar
  innerWaits <- newEmptyMVar
  outerWaits <- newEmptyMVar
  let innerWork = do
        putMVar innerWaits ()
        takeMVar box
      outerWork = withAsync (innerWork `catch` report "inner") $ \inner -> do
        takeMVar innerWaits
        putStrLn "outer waits on inner"
        putMVar outerWaits ()
        wait inner
  outer <- async (outerWork `catch` report "outer")
  takeMVar outerWaits
  putStrLn "cancelling outer"
  cancel outer
  outcome <- waitCatch outer
  putStrLn ("outcome of outer: " ++ show outcome)
  left <- tryReadMVar box
  putStrLn ("in the box: " ++ show left)

-- | Print an exception and throw it again.
report :: String -> SomeException -> IO String
report name problem = do
  putStrLn (name ++ " got " ++ show problem)
  throwIO problem
