{-# LANGUAGE TupleSections #-}

-- |
-- 'mapConcurrently' runs each action in a green thread of its own, waits for all of them,
-- and returns their results in the order of the list.
module Lesson.WaitForMany (lesson) where

import Control.Concurrent.Async (async, mapConcurrently, poll, wait)
import Control.Concurrent.MVar (newEmptyMVar, putMVar, takeMVar)
import Data.Foldable (for_)
import Data.Maybe (isJust)

-- | Wait for three poems that come one after another, the last of the list first.
lesson :: IO ()
lesson = do
  poems <- traverse named ["ecstasy", "fog", "science"]
  everything <- async (mapConcurrently (takeMVar . snd) poems)
  for_ (reverse poems) $ \(name, poem) -> do
    come <- isJust <$> poll everything
    putStrLn (name ++ " comes; all have come: " ++ show come)
    putMVar poem name
  results <- wait everything
  putStrLn ("all have come: " ++ show results)
 where
  named name = (name,) <$> newEmptyMVar
