{-# LANGUAGE TupleSections #-}

-- |
-- 'mapConcurrently' waits for all of its actions, each in a green thread of its
-- own, and gives their results in the order of its list.
module Lesson.WaitForMany (lesson) where

import Control.Concurrent.Async (async, mapConcurrently, poll, wait)
import Control.Concurrent.MVar (newEmptyMVar, putMVar, takeMVar)
import Data.Foldable (for_)
import Data.Maybe (isJust)

-- | Wait for three poems that come one after another, the last one first.
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
