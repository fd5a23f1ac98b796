{-# LANGUAGE OverloadedStrings #-}

-- |
-- A playbill: the servers of one scenario, as text for a server program in any
-- language. Its lines are:
--
-- > iface 127.0.0.1                 the address to listen on
-- > server 0 ../poems/science.txt   a port (0: any free port) and a poem, then the schedule:
-- > 0.030000 send 10
-- > 0.030000 close
-- > down 0                          a port that is reserved but refuses every connection
--
-- The last act is @close@, @fin@, @reset@ or @stall@. A poem's path is relative to the
-- playbill's folder.
module Poetry.Server.Playbill
  ( Playbill (..)
  , Part (..)
  , parse
  ) where

import Control.Monad (foldM, void)
import Data.Bifunctor (first)
import Data.ByteString (ByteString)
import qualified Data.ByteString.Char8 as Bytes
import Data.Char (isSpace)
import Data.Text.Encoding (decodeUtf8')
import Network.Socket (HostName, PortNumber)

import Poetry.Server.Schedule (Act, parseAct)
import Poetry.Words (number, quoted)

-- | The address to listen on, and the servers in the order of their numbers, from 1.
data Playbill = Playbill {iface :: HostName, parts :: [Part]}
  deriving (Eq, Show)

-- | One server of a playbill.
data Part
  = Serves PortNumber FilePath [Act]
  | Down PortNumber
  deriving (Eq, Show)

-- | Parse the text of a playbill. An error says which line is wrong, and why.
parse :: ByteString -> Either ByteString Playbill
parse text = do
  first (const "the playbill is not UTF-8 text") (void (decodeUtf8' text))
  inOrder <$> foldM numbered (Playbill "127.0.0.1" []) (zip [1 :: Int ..] (Bytes.lines text))
 where
  numbered playbill (count, line) = first (place count <>) (add playbill line)
  place count = "playbill, line " <> Bytes.pack (show count) <> ": "

-- Adds a line. Parts and acts are collected in reverse order.
add :: Playbill -> ByteString -> Either ByteString Playbill
add playbill line = case (wordsUpTo 3 line, parts playbill) of
  ([], _) -> Right playbill
  (["iface", address], _) -> Right playbill {iface = Bytes.unpack address}
  (["server", port, poem], others) -> do
    free <- parsePort port
    Right playbill {parts = Serves free (Bytes.unpack poem) [] : others}
  (["down", port], others) -> do
    free <- parsePort port
    Right playbill {parts = Down free : others}
  (_, Serves port poem acts : others) -> do
    act <- parseAct line
    Right playbill {parts = Serves port poem (act : acts) : others}
  _ -> Left ("no server for " <> quoted line)

inOrder :: Playbill -> Playbill
inOrder playbill = playbill {parts = reverse (map actsInOrder (parts playbill))}
 where
  actsInOrder (Serves port poem acts) = Serves port poem (reverse acts)
  actsInOrder down = down

parsePort :: ByteString -> Either ByteString PortNumber
parsePort word = maybe wrong (Right . fromIntegral) (number 0 65535 word)
 where
  wrong = Left (word <> " is not a port from 0 to 65535")

-- | At most so many words of a line. The last one is the rest of the line, with the
-- spaces in it.
wordsUpTo :: Int -> ByteString -> [ByteString]
wordsUpTo most line = case Bytes.dropWhile isSpace line of
  "" -> []
  text
    | most == 1 -> [Bytes.dropWhileEnd isSpace text]
    | (word, rest) <- Bytes.break isSpace text -> word : wordsUpTo (most - 1) rest
