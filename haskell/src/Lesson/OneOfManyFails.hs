-- |
-- A failure can be collected like a result: if each action of 'mapConcurrently' is in a
-- 'try', the others go on when one fails.
--
-- Without 'try' the first failure would be thrown and would cancel the others.
module Lesson.OneOfManyFails (lesson) where

import Control.Concurrent.Async (async, mapConcurrently, poll, wait)
import Control.Concurrent.MVar (MVar, newEmptyMVar, putMVar, takeMVar)
import Control.Exception (throwIO, try)
import Control.Monad (join)
import Data.Foldable (for_)
import Data.Maybe (isJust)

-- | The outcome of a poem is an action that returns it or fails.
type Poem = MVar (IO String)

-- | Let the second of three poems fail before the others have come.
lesson :: IO ()
lesson = do
  [first, second, third] <- traverse (const newEmptyMVar) "123"
  reports <- newEmptyMVar
  everything <- async (mapConcurrently (get reports) [first, second, third])
  putMVar second (throwIO (userError "no such server"))
  takeMVar reports >>= putStrLn
  come <- isJust <$> poll everything
  putStrLn ("one has failed; all have ended: " ++ show come)
  for_ [(third, "science"), (first, "ecstasy")] $ \(poem, text) ->
    putMVar poem (pure text) >> takeMVar reports >>= putStrLn
  results <- wait everything
  for_ (zip [1 :: Int ..] results) $ \(number, result) ->
    putStrLn ("  " ++ show number ++ ": " ++ show result)

-- | Wait for a poem's outcome, report it, and return it.
get :: MVar String -> Poem -> IO (Either IOError String)
get reports poem = do
  outcome <- try (join (takeMVar poem))
  putMVar reports (either (const "it failed") (++ " came") outcome)
  pure outcome
