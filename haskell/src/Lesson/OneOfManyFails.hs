-- |
-- A failure can be collected like a result: with 'try' within
-- 'mapConcurrently', one that fails spoils nothing for the others.
--
-- Without 'try' the first failure would cancel the others and be thrown.
module Lesson.OneOfManyFails (lesson) where

import Control.Concurrent.Async (async, mapConcurrently, poll, wait)
import Control.Concurrent.MVar (MVar, newEmptyMVar, putMVar, takeMVar)
import Control.Exception (throwIO, try)
import Control.Monad (join)
import Data.Foldable (for_)
import Data.Maybe (isJust)

-- | A poem's outcome is an action that gives it or fails.
type Poem = MVar (IO String)

-- | Let the second of three fail before the others have come.
lesson :: IO ()
lesson = do
  [first, second, third] <- traverse (const newEmptyMVar) "123"
  told <- newEmptyMVar
  everything <- async (mapConcurrently (get told) [first, second, third])
  putMVar second (throwIO (userError "no such server"))
  takeMVar told >>= putStrLn
  come <- isJust <$> poll everything
  putStrLn ("one has failed; all have ended: " ++ show come)
  for_ [(third, "science"), (first, "ecstasy")] $ \(poem, text) ->
    putMVar poem (pure text) >> takeMVar told >>= putStrLn
  results <- wait everything
  for_ (zip [1 :: Int ..] results) $ \(number, result) ->
    putStrLn ("  " ++ show number ++ ": " ++ show result)

-- | Await a poem's outcome, tell it, and collect it.
get :: MVar String -> Poem -> IO (Either IOError String)
get told poem = do
  outcome <- try (join (takeMVar poem))
  putMVar told (either (const "it failed") (++ " came") outcome)
  pure outcome
