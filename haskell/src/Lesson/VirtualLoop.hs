-- |
-- A lazy list is a loop that is paused and resumed from outside: it runs only as far as
-- the list is evaluated.
--
-- Lazy input is made with 'unsafeInterleaveIO'; here it lets the loop print where it is
-- each time it is resumed.
module Lesson.VirtualLoop (lesson) where

import Data.Foldable (for_)
import System.IO.Unsafe (unsafeInterleaveIO)

-- | Collect the poem chunk by chunk, with a pause in each round.
collect :: String -> [String] -> IO [String]
collect _ [] = [] <$ putStrLn "  loop: ends"
collect before (chunk : chunks) = do
  let poem = before ++ chunk
  putStrLn ("  loop: pauses with " ++ show poem)
  rest <- unsafeInterleaveIO $ do
    putStrLn ("  loop: resumes with " ++ show poem)
    collect poem chunks
  pure (poem : rest)

-- | Resume the loop step by step until it ends.
lesson :: IO ()
lesson = do
  loop <- unsafeInterleaveIO (collect "" ["slow ", "poetry ", "lab"])
  putStrLn "driver: nobody has looked yet"
  for_ (zip [1 :: Int ..] loop) $ \(step, poem) ->
    putStrLn $
      "driver: step " ++ show step
        ++ (" gave " ++ show (length poem) ++ " characters")
  putStrLn ("driver: the loop had " ++ show (length loop) ++ " steps")
