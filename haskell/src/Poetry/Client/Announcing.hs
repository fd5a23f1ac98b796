{-# LANGUAGE OverloadedStrings #-}

-- |
-- A green thread per poem (seed part 21, first client). Each thread connects, reads
-- and prints progress lines as if it were the only one; the runtime lets it sleep
-- until its socket has bytes. A poem is printed in one piece when it is whole.
module Poetry.Client.Announcing
  ( getPoetry
  ) where

import Control.Concurrent.Async (mapConcurrently)
import Control.Exception (mask, try, uninterruptibleMask_)
import qualified Data.ByteString.Lazy as Lazy
import Data.Foldable (for_)

import Poetry.Address (Address)
import Poetry.Client (Output (..), giveUp)
import Poetry.Client.Connection (Limit, readPoem, withConnection)
import qualified Poetry.Progress as Progress

-- | Get all poems at once and print each when it is whole. Returns whether all came
-- whole.
getPoetry :: Output -> Limit -> [Address] -> IO Bool
getPoetry output limit addresses =
  and <$> mapConcurrently (uncurry (getPoem output limit)) (zip [1 ..] addresses)

-- | Get the poem of task N and return whether it came whole. A poem that is whole is
-- printed even if the thread is cancelled.
getPoem :: Output -> Limit -> Int -> Address -> IO Bool
getPoem output limit task address = mask $ \restore -> do
  outcome <- try (withConnection limit address (restore . announced))
  case outcome of
    Left problem -> giveUp output task address problem
    Right poem -> True <$ uninterruptibleMask_ (recite output (Lazy.toStrict (poem <> "\n")))
 where
  -- The poem is read lazily, line by line. After the loop all of it has been read,
  -- so nothing is read from the socket after it is closed.
  announced socket = do
    poem <- readPoem limit socket
    for_ (Progress.lineLengths poem) $ \count ->
      say output (Progress.got task count address)
    pure poem
